// Connections that want a call later: when the turn ends, or in the next one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gudeg::connection {

template <class Connection>
class TurnList {
 public:
  // `place` is the member that says where in this list a connection is; -1 while
  // it is not.
  explicit TurnList(int32_t Connection::*place) noexcept : place_(place) {}

  bool empty() const noexcept { return connections_.empty(); }

  // To the back, once.
  void Add(Connection* connection) noexcept {
    if (connection->*place_ >= 0) return;
    connection->*place_ = static_cast<int32_t>(connections_.size());
    connections_.push_back(connection);
  }

  void Remove(Connection* connection) noexcept {
    int32_t& place = connection->*place_;
    if (place < 0) return;
    connections_[static_cast<size_t>(place)] = nullptr;
    place = -1;
  }

  // In order; null in the place of one that was removed.
  auto begin() const noexcept { return connections_.begin(); }
  auto end() const noexcept { return connections_.end(); }

  // Empties the list. `call(connection)` may remove others and may add to the
  // list: those have their call too.
  template <class Call>
  void TakeAll(Call call) noexcept {
    for (size_t i = 0; i < connections_.size(); i++) Take(i, call);
    connections_.clear();
  }

  // The same, but those that are added meanwhile stay.
  template <class Call>
  void TakePresent(Call call) noexcept {
    const size_t count = connections_.size();
    for (size_t i = 0; i < count; i++) Take(i, call);
    connections_.erase(
        connections_.begin(),
        connections_.begin() + static_cast<std::ptrdiff_t>(count));
    for (size_t i = 0; i < connections_.size(); i++) {
      if (connections_[i] != nullptr) {
        connections_[i]->*place_ = static_cast<int32_t>(i);
      }
    }
  }

 private:
  template <class Call>
  void Take(size_t i, Call& call) noexcept {
    Connection* connection = connections_[i];
    if (connection == nullptr) return;
    connection->*place_ = -1;
    call(connection);
  }

  int32_t Connection::*place_;
  std::vector<Connection*> connections_;
};

}  // namespace gudeg::connection
