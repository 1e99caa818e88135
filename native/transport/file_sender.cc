#include "file_sender.h"

#include <fcntl.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/sendfile.h>
#else
#include <sys/socket.h>
#endif

#include <algorithm>
#include <cerrno>
#include <new>

namespace gudeg::transport {

namespace {

// What left, 0 at the end of the file, -1 with errno.
ssize_t SendSlice(int socket, int file, off_t offset, size_t length) noexcept {
#ifdef __linux__
  return sendfile(socket, file, &offset, length);
#else
  char bytes[65536];
  const ssize_t count =
      pread(file, bytes, std::min(length, sizeof bytes), offset);
  return count <= 0 ? count
                    : send(socket, bytes, static_cast<size_t>(count), 0);
#endif
}

}  // namespace

FileSender* FileSender::Open(uv_loop_t* loop, RunningTransfers* running,
                             int socket, int file, Owner* owner) noexcept {
  auto* sender = new (std::nothrow) FileSender();
  if (sender == nullptr) return nullptr;
  sender->loop_ = loop;
  sender->running_ = running;
  sender->owner_ = owner;
  sender->work_.data = sender;
  if (socket == kNoSocket) {
    sender->bytes_.reset(new (std::nothrow) uint8_t[kReadBytes]);
  } else {
    sender->socket_ = fcntl(socket, F_DUPFD_CLOEXEC, 0);
  }
  sender->file_ = fcntl(file, F_DUPFD_CLOEXEC, 0);
  const bool has_target = sender->socket_ >= 0 || sender->bytes_ != nullptr;
  if (has_target && sender->file_ >= 0) return sender;
  delete sender;
  return nullptr;
}

FileSender::~FileSender() {
  if (socket_ >= 0) close(socket_);
  if (file_ >= 0) close(file_);
}

void FileSender::Send(int64_t offset, uint64_t length) noexcept {
  busy_ = true;
  offset_ = offset;
  length_ = static_cast<size_t>(
      std::min(length, bytes_ == nullptr ? kSliceBytes : kReadBytes));
  const int status = uv_queue_work(loop_, &work_, Transfer, OnSent);
  if (status == 0) {
    running_->count++;
    return;
  }
  busy_ = false;
  owner_->OnFileProgress(status);
}

void FileSender::Transfer(uv_work_t* work) {
  auto* self = static_cast<FileSender*>(work->data);
  ssize_t sent;
  do {
    const auto offset = static_cast<off_t>(self->offset_);
    sent = self->bytes_ != nullptr
               ? pread(self->file_, self->bytes_.get(), self->length_, offset)
               : SendSlice(self->socket_, self->file_, offset, self->length_);
  } while (sent < 0 && errno == EINTR);
  self->result_ = sent >= 0 ? sent : errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

void FileSender::OnSent(uv_work_t* work, int status) {
  auto* self = static_cast<FileSender*>(work->data);
  self->busy_ = false;
  RunningTransfers* running = self->running_;
  running->count--;
  if (self->owner_ == nullptr) {
    delete self;
  } else {
    self->owner_->OnFileProgress(status != 0 ? status : self->result_);
  }
  if (running->count == 0 && running->on_none != nullptr) {
    running->on_none(running->context);
  }
}

void FileSender::Release() noexcept {
  owner_ = nullptr;
  if (!busy_) {
    delete this;
  } else {
    // OnSent() comes anyway.
    uv_cancel(reinterpret_cast<uv_req_t*>(&work_));
  }
}

}  // namespace gudeg::transport
