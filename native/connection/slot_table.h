// Numbers for connections, by which JavaScript names them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gudeg::connection {

template <class Connection>
class SlotTable {
 public:
  int32_t Take(Connection* connection) noexcept {
    if (free_.empty()) {
      slots_.push_back(connection);
      return static_cast<int32_t>(slots_.size() - 1);
    }
    const int32_t slot = free_.back();
    free_.pop_back();
    slots_[static_cast<size_t>(slot)] = connection;
    return slot;
  }

  // Null once it is vacant, and for a number that was never given.
  Connection* At(int32_t slot) const noexcept {
    const auto index = static_cast<size_t>(slot);
    return index < slots_.size() ? slots_[index] : nullptr;
  }

  // The connection is gone; its number is given again after Free(), when
  // JavaScript knows that.
  void Vacate(int32_t slot) noexcept {
    slots_[static_cast<size_t>(slot)] = nullptr;
  }
  void Free(int32_t slot) noexcept { free_.push_back(slot); }

  size_t size() const noexcept { return slots_.size(); }

 private:
  std::vector<Connection*> slots_;
  std::vector<int32_t> free_;
};

}  // namespace gudeg::connection
