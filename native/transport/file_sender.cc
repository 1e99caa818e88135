#include "file_sender.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <new>

namespace gudeg::transport {

FileSender* FileSender::Open(uv_loop_t* loop, int socket, int file,
                             Owner* owner) noexcept {
  auto* sender = new (std::nothrow) FileSender();
  if (sender == nullptr) return nullptr;
  sender->loop_ = loop;
  sender->owner_ = owner;
  sender->request_.data = sender;
  sender->socket_ = fcntl(socket, F_DUPFD_CLOEXEC, 0);
  sender->file_ = fcntl(file, F_DUPFD_CLOEXEC, 0);
  if (sender->socket_ >= 0 && sender->file_ >= 0) return sender;
  delete sender;
  return nullptr;
}

FileSender::~FileSender() {
  if (socket_ >= 0) close(socket_);
  if (file_ >= 0) close(file_);
}

void FileSender::Send(int64_t offset, uint64_t length) noexcept {
  busy_ = true;
  const auto slice = static_cast<size_t>(std::min(length, kSliceBytes));
  const int status = uv_fs_sendfile(loop_, &request_, socket_, file_, offset,
                                    slice, OnSent);
  if (status == 0) return;
  busy_ = false;
  owner_->OnFileProgress(status);
}

void FileSender::OnSent(uv_fs_t* request) {
  auto* self = static_cast<FileSender*>(request->data);
  const int64_t result = request->result;
  uv_fs_req_cleanup(request);
  self->busy_ = false;
  if (self->owner_ == nullptr) {
    delete self;
    return;
  }
  self->owner_->OnFileProgress(result);
}

void FileSender::Release() noexcept {
  owner_ = nullptr;
  if (!busy_) delete this;
}

}  // namespace gudeg::transport
