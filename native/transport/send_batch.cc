#include "send_batch.h"

#if defined(__linux__) && __has_include(<linux/io_uring.h>)
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#endif

namespace gudeg::transport {

bool SendBatch::IsUsable() noexcept {
  if (state_ == State::kNew) {
    state_ = Open() ? State::kOpen : State::kUnusable;
    if (state_ == State::kUnusable) Close();
  }
  return state_ == State::kOpen;
}

#if defined(__linux__) && defined(IORING_FEAT_FAST_POLL)

namespace {

// IORING_OP_SEND came right before FAST_POLL did.
constexpr unsigned kFeatures =
    IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_FAST_POLL;

unsigned* At(void* rings, unsigned offset) noexcept {
  return reinterpret_cast<unsigned*>(static_cast<char*>(rings) + offset);
}

unsigned Load(unsigned* place) noexcept {
  return std::atomic_ref<unsigned>(*place).load(std::memory_order_acquire);
}

void Store(unsigned* place, unsigned value) noexcept {
  std::atomic_ref<unsigned>(*place).store(value, std::memory_order_release);
}

void* Map(int ring, size_t bytes, off_t what) noexcept {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_POPULATE, ring, what);
  return memory == MAP_FAILED ? nullptr : memory;
}

}  // namespace

bool SendBatch::Open() noexcept {
  const char* wish = getenv("UV_USE_IO_URING");
  if (wish != nullptr && strcmp(wish, "0") == 0) return false;
  io_uring_params parameters{};
  // The kernel closes it in programs that this process starts.
  ring_ = static_cast<int>(
      syscall(__NR_io_uring_setup, kCapacity, &parameters));
  if (ring_ < 0 || (parameters.features & kFeatures) != kFeatures) return false;
  const size_t submit_bytes = parameters.sq_off.array +
                              parameters.sq_entries * sizeof(unsigned);
  const size_t complete_bytes =
      parameters.cq_off.cqes + parameters.cq_entries * sizeof(io_uring_cqe);
  rings_bytes_ = submit_bytes > complete_bytes ? submit_bytes : complete_bytes;
  rings_ = Map(ring_, rings_bytes_, IORING_OFF_SQ_RING);
  entries_bytes_ = parameters.sq_entries * sizeof(io_uring_sqe);
  entries_ = Map(ring_, entries_bytes_, IORING_OFF_SQES);
  if (rings_ == nullptr || entries_ == nullptr) return false;
  submit_head_ = At(rings_, parameters.sq_off.head);
  submit_tail_ = At(rings_, parameters.sq_off.tail);
  submit_mask_ = *At(rings_, parameters.sq_off.ring_mask);
  complete_head_ = At(rings_, parameters.cq_off.head);
  complete_tail_ = At(rings_, parameters.cq_off.tail);
  complete_mask_ = *At(rings_, parameters.cq_off.ring_mask);
  completions_ = At(rings_, parameters.cq_off.cqes);
  unsigned* array = At(rings_, parameters.sq_off.array);
  for (unsigned i = 0; i < parameters.sq_entries; i++) array[i] = i;
  return true;
}

void SendBatch::Close() noexcept {
  if (rings_ != nullptr) munmap(rings_, rings_bytes_);
  if (entries_ != nullptr) munmap(entries_, entries_bytes_);
  if (ring_ >= 0) close(ring_);
  rings_ = entries_ = nullptr;
  ring_ = -1;
}

void SendBatch::Add(int fd, const void* data, size_t size) noexcept {
  // The kernel has taken everything of the last batch, so there is room.
  const unsigned place = (*submit_tail_ + count_) & submit_mask_;
  io_uring_sqe* entry = static_cast<io_uring_sqe*>(entries_) + place;
  memset(entry, 0, sizeof *entry);
  entry->opcode = IORING_OP_SEND;
  entry->fd = fd;
  entry->addr = reinterpret_cast<uintptr_t>(data);
  // What is longer leaves in part, as with send().
  entry->len = static_cast<uint32_t>(size < INT32_MAX ? size : INT32_MAX);
  entry->msg_flags = MSG_NOSIGNAL | MSG_DONTWAIT;
  entry->user_data = count_;
  results_[count_++] = 0;
}

// Takes the results that are there; returns how many.
unsigned SendBatch::Reap() noexcept {
  const auto* completions = static_cast<const io_uring_cqe*>(completions_);
  unsigned head = *complete_head_;
  const unsigned tail = Load(complete_tail_);
  const unsigned found = tail - head;
  for (; head != tail; head++) {
    const io_uring_cqe& one = completions[head & complete_mask_];
    if (one.res > 0) results_[one.user_data] = static_cast<size_t>(one.res);
  }
  Store(complete_head_, head);
  return found;
}

void SendBatch::Send() noexcept {
  const unsigned start = *submit_tail_;
  Store(submit_tail_, start + count_);
  unsigned done = 0;
  for (;;) {
    // After a failure nothing more is handed over, but what the kernel has
    // taken must end: nobody else may send those bytes.
    const unsigned taken = Load(submit_head_) - start;
    const unsigned goal = state_ == State::kOpen ? count_ : taken;
    if (done >= goal) break;
    const long status = syscall(__NR_io_uring_enter, ring_, goal - taken,
                                goal - done, IORING_ENTER_GETEVENTS, nullptr, 0);
    if (status < 0 && errno != EINTR) state_ = State::kUnusable;
    done += Reap();
  }
  count_ = 0;
}

#else

bool SendBatch::Open() noexcept { return false; }
void SendBatch::Close() noexcept {}
void SendBatch::Add(int, const void*, size_t) noexcept {}
unsigned SendBatch::Reap() noexcept { return 0; }
void SendBatch::Send() noexcept {}

#endif

}  // namespace gudeg::transport
