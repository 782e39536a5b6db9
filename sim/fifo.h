// First in, first out, in one vector that keeps its room: in steady state nothing is allocated, and
// it is copied like any value.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace odradek::sim {

template <class T>
class Fifo {
public:
    bool empty() const { return first_ == items_.size(); }
    std::size_t size() const { return items_.size() - first_; }
    // The i-th from the front.
    T& operator[](std::size_t i) { return items_[first_ + i]; }
    T const& operator[](std::size_t i) const { return items_[first_ + i]; }
    T& front() { return items_[first_]; }
    T const& front() const { return items_[first_]; }
    T& back() { return items_.back(); }
    void push(T item) { items_.push_back(std::move(item)); }

    // What was taken out is destroyed later, when half of the vector is free.
    void pop()
    {
        if (++first_ == items_.size())
            clear();
        else if (first_ >= 64 && first_ * 2 >= items_.size()) {
            items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
            first_ = 0;
        }
    }
    void clear()
    {
        items_.clear();
        first_ = 0;
    }

private:
    std::vector<T> items_;
    std::size_t first_{0};  // Those before it have been taken out.
};

}  // namespace odradek::sim
