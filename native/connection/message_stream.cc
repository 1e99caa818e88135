#include "message_stream.h"

#include <algorithm>
#include <cerrno>

namespace gudeg::connection {

namespace {
// Of a body that comes as fast as it is read; then others have their turn.
constexpr size_t kReceivedPerTurn = 1024 * 1024;
// A piece from here on is offered to the socket without being copied.
constexpr size_t kPieceBytes = 16 * 1024;
}  // namespace

void MessageStream::DropInput(size_t size) noexcept {
  if (view_size_ != 0) {
    view_offset_ += static_cast<uint32_t>(size);
    view_size_ -= static_cast<uint32_t>(size);
  } else {
    input_.Drop(size);
  }
}

bool MessageStream::MoveViewToInput() noexcept {
  const bool ok = input_.Append(arena_->data() + view_offset_, view_size_);
  view_size_ = 0;
  return ok;
}

void MessageStream::ReleaseInput() noexcept {
  view_size_ = 0;
  input_.Release();
}

ssize_t MessageStream::FillHeap(size_t heap_room) noexcept {
  if (view_size_ != 0 && !MoveViewToInput()) return -ENOMEM;
  uint8_t* room = input_.Reserve(heap_room);
  if (room == nullptr) return -ENOMEM;
  const ssize_t count = Read(room, std::min(input_.room(), kReadBytes));
  if (count > 0) input_.Commit(static_cast<size_t>(count));
  return count;
}

ssize_t MessageStream::FillArena(size_t extra) noexcept {
  uint8_t* room = arena_->Reserve(extra);
  if (room == nullptr) return -EAGAIN;
  const ssize_t count = Read(room, kReadBytes);
  if (count > 0) {
    view_offset_ = arena_->OffsetOf(room);
    view_size_ = static_cast<uint32_t>(count);
    arena_->Commit(static_cast<size_t>(count));
  }
  return count;
}

ssize_t MessageStream::ReceiveContent(engine::BodyDecoder* decoder,
                                      const engine::Limits& limits,
                                      uint8_t* target, size_t size) noexcept {
  const size_t certain = decoder->Certain(std::min(size, kReceivedPerTurn));
  if (certain == 0 || input_ended_ || received_this_turn_ >= kReceivedPerTurn) {
    return 0;
  }
  const ssize_t count = Read(target, certain);
  if (count == -EAGAIN || count == -EWOULDBLOCK) return 0;
  if (count == 0) input_ended_ = true;
  if (count <= 0) return count;
  received_this_turn_ += static_cast<uint32_t>(count);
  decoder->Next(target, static_cast<size_t>(count), static_cast<size_t>(count),
                limits, nullptr);
  return count;
}

ssize_t MessageStream::SendPiece(const uint8_t* data, size_t size) noexcept {
  const bool behind = !output_.empty();
  const iovec pieces[2] = {
      {const_cast<uint8_t*>(output_.data()), output_.size()},
      {const_cast<uint8_t*>(data), size}};
  const ssize_t written =
      Stream::Write(behind ? pieces : pieces + 1, behind ? 2 : 1);
  if (written <= 0) return written;
  const size_t from_output =
      std::min(static_cast<size_t>(written), output_.size());
  output_.Drop(from_output);
  return written - static_cast<ssize_t>(from_output);
}

ssize_t MessageStream::TakePiece(const uint8_t* data, size_t size,
                                 size_t high_water_bytes) noexcept {
  const size_t most = std::max(high_water_bytes, kPieceBytes);
  size_t taken = 0;
  while (size - taken >= kPieceBytes || output_.size() + size - taken > most) {
    const size_t before = output_.size();
    const ssize_t sent = SendPiece(data + taken, size - taken);
    if (sent < 0) return sent;
    if (sent == 0 && output_.size() == before) break;
    taken += static_cast<size_t>(sent);
    if (taken == size) return static_cast<ssize_t>(size);
  }
  const size_t room = most - std::min(most, output_.size());
  const size_t kept = std::min(size - taken, room);
  if (!output_.Append(data + taken, kept, pool_)) return -ENOMEM;
  return static_cast<ssize_t>(taken + kept);
}

}  // namespace gudeg::connection
