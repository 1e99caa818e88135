// The bodies of streamed answers: bytes, chunks and files.

#include <algorithm>
#include <cerrno>

#include "../engine/serializer.h"
#include "exchange.h"
#include "server.h"
#include "server_connection.h"

namespace gudeg::connection {

// Nothing may get between the pieces of a body, or between those of a file.
bool ServerConnection::MayWrite() const noexcept {
  return phase_ == Phase::kRequest && answering_ &&
         !(pending_ && pending_->file);
}

bool ServerConnection::Write(const uint8_t* data, size_t size,
                             bool* full) noexcept {
  *full = false;
  if (!MayWrite()) return false;
  const bool counted = !chunked_ && !until_close_;
  if (counted) {
    if (size > response_left_) {
      // Sending more than announced would be taken for the next response.
      Abort(CloseReason::kAborted);
      return false;
    }
    response_left_ -= size;
  }
  if (!bodiless_ && !Send(data, size)) return false;
  if (counted && response_left_ == 0) {
    ResponseDone();
    return true;
  }
  return AfterWrite(full);
}

// A large piece goes to the socket as far as that takes it, the rest is kept.
// False when the connection is closed.
bool ServerConnection::Send(const uint8_t* data, size_t size) noexcept {
  if (size == 0) return true;
  const ssize_t taken = TakePiece(data, size, SIZE_MAX);
  if (taken < 0) CloseBroken(static_cast<int>(taken));
  return taken >= 0;
}

int64_t ServerConnection::Offer(const uint8_t* data, size_t size) noexcept {
  if (!MayWrite()) return -1;
  const bool counted = !chunked_ && !until_close_;
  if (counted && size > response_left_) {
    Abort(CloseReason::kAborted);
    return -1;
  }
  auto taken = static_cast<ssize_t>(size);
  if (!bodiless_ && size != 0) {
    taken = TakePiece(data, size, server_->options().output_high_water_bytes);
    if (taken < 0) {
      CloseBroken(static_cast<int>(taken));
      return -1;
    }
  }
  if (counted) {
    response_left_ -= static_cast<size_t>(taken);
    if (response_left_ == 0) {
      ResponseDone();
      return taken;
    }
  }
  wants_writable_ = static_cast<size_t>(taken) < size;
  exchange()->Touch(this);
  return taken;
}

// Small pieces wait for the end of the turn, to leave in one write.
bool ServerConnection::AfterWrite(bool* full) noexcept {
  const size_t high_water = server_->options().output_high_water_bytes;
  if (output_.size() > high_water && !Flush()) return false;
  if (output_.size() > high_water) {
    wants_writable_ = true;
    *full = true;
  }
  exchange()->Touch(this);
  return true;
}

bool ServerConnection::WriteChunk(std::string_view key, std::string_view value,
                                  const uint8_t* data, size_t size,
                                  bool* full) noexcept {
  *full = false;
  if (!MayWrite()) return false;
  if (bodiless_) return true;
  if (!chunked_) return Write(data, size, full);
  const size_t bound =
      engine::kMaxChunkSizeBytes + key.size() + value.size() + 4;
  uint8_t* out = output_.Reserve(bound, pool_);
  if (out == nullptr) return false;
  const size_t line = engine::WriteChunkLine(out, bound, size, key, value,
                                             server_->options().limits.profile);
  if (line == 0) return false;
  output_.Commit(line);
  if (size != 0) {
    bool ignored;
    if (!Write(data, size, &ignored)) return false;
    static constexpr uint8_t kLineEnd[] = {'\r', '\n'};
    if (!output_.Append(kLineEnd, 2, pool_)) return false;
  }
  return size == 0 ? true : AfterWrite(full);
}

bool ServerConnection::End(std::string_view key, std::string_view value,
                           std::string_view trailers) noexcept {
  if (!MayWrite()) return false;
  if (chunked_ && !bodiless_) {
    bool full;
    if (!WriteChunk(key, value, nullptr, 0, &full)) return false;
      const auto* bytes = reinterpret_cast<const uint8_t*>(trailers.data());
    static constexpr uint8_t kLineEnd[] = {'\r', '\n'};
    if (!output_.Append(bytes, trailers.size(), pool_) ||
        !output_.Append(kLineEnd, 2, pool_)) {
      return false;
    }
  }
  if (response_left_ != 0 && !bodiless_) {
    // Less than announced: only the end of the connection can say so.
    Abort(CloseReason::kAborted);
    return false;
  }
  ResponseDone();
  return true;
}

bool ServerConnection::SendFile(int file, int64_t offset,
                                uint64_t length) noexcept {
  if (!MayWrite() || chunked_ || length > response_left_ || length == 0 ||
      offset < 0) {
    return false;
  }
  if (!Flush()) return false;
  auto transfer = std::make_unique<FileTransfer>();
  transfer->sender = transport::FileSender::Open(
      exchange()->loop(), exchange()->running_transfers(),
      tls() == nullptr ? Stream::fd() : transport::FileSender::kNoSocket, file,
      this);
  if (transfer->sender == nullptr) return false;
  transfer->offset = offset;
  transfer->left = length;
  // Behind a head that didn't leave whole, the file waits its turn.
  transfer->socket_full = !output_.empty();
  FileTransfer* started = transfer.get();
  pending()->file = std::move(transfer);
  server_->wheel()->Arm(this, server_->options().write_timeout_ms);
  if (!started->socket_full) started->sender->Send(offset, length);
  return true;
}

void ServerConnection::OnFileProgress(int64_t sent) noexcept {
  FileTransfer* file = pending_->file.get();
  if (sent == -EAGAIN) {
    file->socket_full = true;
    PauseOrResumeReading();
    return;
  }
  int32_t error = 0;
  if (sent < 0) {
    error = static_cast<int32_t>(-sent);
  } else {
    file->offset += sent;
    file->left -= static_cast<uint64_t>(sent);
    response_left_ -= static_cast<uint64_t>(sent);
    server_->wheel()->Arm(this, server_->options().write_timeout_ms);
    if (sent != 0 && tls() != nullptr &&
        !Send(file->sender->bytes(), static_cast<size_t>(sent))) {
      return;
    }
    if (sent != 0 && file->left != 0) {
      file->socket_full = !output_.empty();
      if (file->socket_full) {
        PauseOrResumeReading();
      } else {
        file->sender->Send(file->offset, file->left);
      }
      return;
    }
    // The file is shorter than it was announced.
    if (file->left != 0) error = EIO;
  }
  exchange()->AddEvent(EventKind::kFileSent, slot_)[2] = error;
  exchange()->Wake();
  if (error != 0) {
    Abort(CloseReason::kAborted);
  } else {
    pending_->file.reset();
  }
}

}  // namespace gudeg::connection
