#include "websocket_sender.h"

#include <cstring>

namespace gudeg::connection {

using engine::WebSocketOpcode;
using engine::WebSocketRole;

bool WebSocketSender::AppendHead(WebSocketOpcode opcode, size_t payload_bytes,
                                 OutputBuffer* out, BlockPool* pool) noexcept {
  uint8_t* head = out->Reserve(engine::kMaxFrameHeadBytes, pool);
  if (head == nullptr) return false;
  out->Commit(engine::WriteFrameHead(head, opcode, true, false, payload_bytes,
                                     nullptr));
  return true;
}

bool WebSocketSender::Frame(WebSocketOpcode opcode, bool rsv1,
                            const uint8_t* data, size_t size,
                            WebSocketWorkspace* workspace, OutputBuffer* out,
                            BlockPool* pool) noexcept {
  uint8_t* place = out->Reserve(engine::kMaxFrameHeadBytes + size, pool);
  if (place == nullptr) return false;
  if (role_ == WebSocketRole::kServer) {
    const size_t head =
        engine::WriteFrameHead(place, opcode, true, rsv1, size, nullptr);
    if (size != 0) memcpy(place + head, data, size);
    out->Commit(head + size);
    return true;
  }
  const engine::WebSocketMask mask = workspace->NextMask();
  const size_t head =
      engine::WriteFrameHead(place, opcode, true, rsv1, size, &mask);
  engine::ApplyMask(data, place + head, size, mask);
  out->Commit(head + size);
  return true;
}

bool WebSocketSender::Append(WebSocketOpcode opcode, const uint8_t* data,
                             size_t size, bool compress,
                             WebSocketWorkspace* workspace, OutputBuffer* out,
                             BlockPool* pool) noexcept {
  MessageDeflater* deflater = nullptr;
  if (compress && deflates_ && !engine::IsControl(opcode)) {
    if (keeps_context_) {
      if (!deflater_) {
        deflater_ = MessageDeflater::Open(window_bits_, effort_.level,
                                          effort_.memory_level);
      }
      deflater = deflater_.get();
    } else {
      deflater = workspace->Deflater(window_bits_, effort_);
    }
  }
  // Without memory for it the message goes as it is.
  if (deflater == nullptr ||
      !deflater->Deflate(data, size, keeps_context_, workspace->scratch())) {
    return Frame(opcode, false, data, size, workspace, out, pool);
  }
  const bool ok =
      Frame(opcode, true, workspace->scratch()->data(),
            workspace->scratch()->size(), workspace, out, pool);
  workspace->TrimScratch();
  return ok;
}

bool WebSocketSender::AppendClose(uint16_t code, const uint8_t* reason,
                                  size_t reason_bytes,
                                  WebSocketWorkspace* workspace,
                                  OutputBuffer* out, BlockPool* pool) noexcept {
  uint8_t payload[engine::kMaxControlBytes];
  const size_t size =
      engine::WriteClosePayload(payload, code, reason, reason_bytes);
  return Frame(WebSocketOpcode::kClose, false, payload, size, workspace, out,
               pool);
}

}  // namespace gudeg::connection
