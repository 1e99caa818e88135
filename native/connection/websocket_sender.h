// The sending half of a WebSocket: messages become frames in an output buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "../engine/websocket_frame.h"
#include "message_deflater.h"
#include "output_buffer.h"
#include "websocket_receiver.h"
#include "websocket_workspace.h"

namespace gudeg::connection {

class WebSocketSender {
 public:
  // `effort` matters with permessage-deflate only.
  WebSocketSender(engine::WebSocketRole role, const DeflateParameters& deflate,
                  DeflateEffort effort) noexcept
      : role_(role),
        effort_(effort),
        deflates_(deflate.enabled),
        keeps_context_(deflate.keeps_send_context),
        window_bits_(deflate.send_window_bits) {}

  // A frame head alone, unmasked: what follows it is written elsewhere. Only
  // for servers.
  static bool AppendHead(engine::WebSocketOpcode opcode, size_t payload_bytes,
                         OutputBuffer* out, BlockPool* pool) noexcept;

  // A whole message or control frame; `compress` is a wish. False when memory
  // is out.
  bool Append(engine::WebSocketOpcode opcode, const uint8_t* data, size_t size,
              bool compress, WebSocketWorkspace* workspace, OutputBuffer* out,
              BlockPool* pool) noexcept;
  bool AppendClose(uint16_t code, const uint8_t* reason, size_t reason_bytes,
                   WebSocketWorkspace* workspace, OutputBuffer* out,
                   BlockPool* pool) noexcept;

  bool deflates() const noexcept { return deflates_; }

 private:
  bool Frame(engine::WebSocketOpcode opcode, bool rsv1, const uint8_t* data,
             size_t size, WebSocketWorkspace* workspace, OutputBuffer* out,
             BlockPool* pool) noexcept;

  std::unique_ptr<MessageDeflater> deflater_;  // with a context of its own
  engine::WebSocketRole role_;
  DeflateEffort effort_;
  bool deflates_;
  bool keeps_context_;
  uint8_t window_bits_;
};

}  // namespace gudeg::connection
