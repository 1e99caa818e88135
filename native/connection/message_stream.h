// A stream that messages are read from and written to: what both ends of HTTP
// do alike with the bytes of a connection.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../engine/body_decoder.h"
#include "../engine/limits.h"
#include "../transport/stream.h"
#include "arena.h"
#include "input_buffer.h"
#include "output_buffer.h"

namespace gudeg::connection {

class MessageStream : public transport::Stream {
 protected:
  MessageStream(Arena* arena, BlockPool* pool) noexcept
      : arena_(arena), pool_(pool) {}

  // Input that nobody has taken yet. It is in the arena, this turn only, or on
  // the heap, and never in both.
  const uint8_t* InputData() const noexcept {
    return view_size_ != 0 ? arena_->data() + view_offset_ : input_.data();
  }
  size_t InputSize() const noexcept {
    return view_size_ != 0 ? view_size_ : input_.size();
  }
  void DropInput(size_t size) noexcept;
  // False when memory is out.
  bool MoveViewToInput() noexcept;
  void ReleaseInput() noexcept;
  // Reads from the socket: to the heap, behind what is there, with room for
  // `heap_room`; or into the arena with `extra` bytes of it left behind that.
  // Answers as Stream::Read() does; -ENOMEM when there is no memory, -EAGAIN
  // also when the arena is full: the socket stays readable.
  ssize_t FillHeap(size_t heap_room) noexcept;
  ssize_t FillArena(size_t extra) noexcept;

  // Content straight from the socket to where it goes, without a turn of the
  // loop and without a copy; the decoder must have taken all input. 0 = none
  // now, or the end, which sets input_ended_; else a negative errno.
  ssize_t ReceiveContent(engine::BodyDecoder* decoder,
                         const engine::Limits& limits, uint8_t* target,
                         size_t size) noexcept;
  // Would it receive what comes next?
  bool ReceivesNext(const engine::BodyDecoder& decoder) const noexcept {
    return InputSize() == 0 && decoder.Certain(1) != 0;
  }
  // Others have had their turn.
  void BeginReceiving() noexcept { received_this_turn_ = 0; }

  // Offers a large piece, behind the output, to the socket. How many bytes of
  // the piece it took, or a negative errno.
  ssize_t SendPiece(const uint8_t* data, size_t size) noexcept;
  // The same as far as the socket goes, and keeps up to `high_water_bytes` of
  // output for when it goes on.
  ssize_t TakePiece(const uint8_t* data, size_t size,
                    size_t high_water_bytes) noexcept;

  Arena* const arena_;
  BlockPool* const pool_;
  OutputBuffer output_;
  InputBuffer input_;
  uint32_t view_offset_ = 0;
  uint32_t view_size_ = 0;
  bool input_ended_ = false;

 private:
  uint32_t received_this_turn_ = 0;
};

}  // namespace gudeg::connection
