#include "websocket_receiver.h"

#include "../engine/utf8_validator.h"
#include "websocket_workspace.h"

namespace gudeg::connection {

using engine::WebSocketDecoder;
using engine::WebSocketFault;

WebSocketReceiver::Result WebSocketReceiver::Fail(WebSocketFault fault,
                                                  size_t consumed) noexcept {
  Result result;
  result.step = Step::kFault;
  result.fault = fault;
  result.consumed = consumed;
  return result;
}

WebSocketReceiver::Result WebSocketReceiver::Next(
    uint8_t* data, size_t size, WebSocketWorkspace* workspace) noexcept {
  if (is_given_) {
    is_given_ = false;
    message_.Release();
  }
  size_t used = 0;
  for (;;) {
    const WebSocketDecoder::Result piece =
        decoder_.Next(data + used, size - used);
    used += piece.consumed;
    Result result;
    result.consumed = used;
    result.data = piece.data;
    result.size = piece.size;
    switch (piece.step) {
      case WebSocketDecoder::Step::kNeedMore:
        return result;
      case WebSocketDecoder::Step::kData:
        if (piece.ends_message && message_.size() == 0) {
          result.is_in_input = true;
          return Complete(result, workspace);
        }
        if (!message_.Append(piece.data, piece.size)) {
          return Fail(WebSocketFault::kMessageTooLarge, size);
        }
        if (!piece.ends_message) continue;
        is_given_ = true;
        result.data = message_.data();
        result.size = message_.size();
        return Complete(result, workspace);
      case WebSocketDecoder::Step::kPing:
        result.step = Step::kPing;
        return result;
      case WebSocketDecoder::Step::kPong:
        result.step = Step::kPong;
        return result;
      case WebSocketDecoder::Step::kClose:
        result.step = Step::kClose;
        result.code = piece.code;
        return result;
      case WebSocketDecoder::Step::kFault:
        return Fail(piece.fault, size);
    }
  }
}

WebSocketReceiver::Result WebSocketReceiver::Complete(
    const Result& whole, WebSocketWorkspace* workspace) noexcept {
  Result result = whole;
  result.step = Step::kMessage;
  result.is_text = decoder_.is_text();
  if (!decoder_.is_compressed()) {
    result.is_ascii = result.is_text && decoder_.is_ascii();
    return result;
  }
  MessageInflater* inflater = nullptr;
  if (keeps_context_) {
    if (!inflater_) inflater_ = MessageInflater::Open(window_bits_);
    inflater = inflater_.get();
  } else {
    inflater = workspace->Inflater();
  }
  const auto status =
      inflater == nullptr
          ? MessageInflater::Status::kTooLarge
          : inflater->Inflate(whole.data, whole.size, keeps_context_,
                              static_cast<size_t>(max_message_bytes_),
                              workspace->scratch());
  if (status != MessageInflater::Status::kDone) {
    if (!keeps_context_) workspace->DropInflater();
    return Fail(status == MessageInflater::Status::kTooLarge
                    ? WebSocketFault::kMessageTooLarge
                    : WebSocketFault::kBadCompression,
                whole.consumed);
  }
  result.data = workspace->scratch()->data();
  result.size = workspace->scratch()->size();
  result.is_in_input = false;
  if (result.is_text) {
    engine::Utf8Validator utf8;
    if (!utf8.Feed(result.data, result.size) || !utf8.complete()) {
      return Fail(WebSocketFault::kInvalidUtf8, whole.consumed);
    }
    result.is_ascii = utf8.ascii();
  }
  return result;
}

bool WebSocketReceiver::Hold(const Result& message) noexcept {
  if (is_given_ && message.data == message_.data()) return true;
  message_.Release();
  is_given_ = true;
  return message_.Append(message.data, message.size);
}

}  // namespace gudeg::connection
