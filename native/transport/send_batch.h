// One system call that sends to many sockets, where the kernel has io_uring
// (Linux from 5.7 on, unless it is forbidden): a broadcast to 1,000 sockets
// costs two thirds of what 1,000 calls of send() cost.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace gudeg::transport {

class SendBatch {
 public:
  static constexpr unsigned kCapacity = 256;

  SendBatch() = default;
  SendBatch(const SendBatch&) = delete;
  SendBatch& operator=(const SendBatch&) = delete;
  ~SendBatch() { Close(); }

  // Makes the ring at the first call. False: there is none, and never will be;
  // UV_USE_IO_URING=0 in the environment says so too, as to libuv.
  bool IsUsable() noexcept;

  unsigned count() const noexcept { return count_; }
  // Adds bytes for a socket, which stay in place until Send() returns. At most
  // kCapacity.
  void Add(int fd, const void* data, size_t size) noexcept;
  // Sends what was added, as far as the sockets take it now, and empties the
  // batch. Behind it Result(i) says how many bytes of the i-th left; 0 also
  // where only a send() of its own can tell what is wrong.
  void Send() noexcept;
  size_t Result(unsigned index) const noexcept { return results_[index]; }

 private:
  bool Open() noexcept;
  void Close() noexcept;
  unsigned Reap() noexcept;

  enum class State : uint8_t { kNew, kOpen, kUnusable };
  State state_ = State::kNew;
  int ring_ = -1;
  unsigned count_ = 0;
  void* rings_ = nullptr;
  size_t rings_bytes_ = 0;
  void* entries_ = nullptr;  // io_uring_sqe[]
  size_t entries_bytes_ = 0;
  // In the memory shared with the kernel.
  unsigned* submit_head_ = nullptr;
  unsigned* submit_tail_ = nullptr;
  unsigned submit_mask_ = 0;
  unsigned* complete_head_ = nullptr;
  unsigned* complete_tail_ = nullptr;
  unsigned complete_mask_ = 0;
  void* completions_ = nullptr;  // io_uring_cqe[]
  size_t results_[kCapacity];
};

}  // namespace gudeg::transport
