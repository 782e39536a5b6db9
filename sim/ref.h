// Shared ownership of immutable things: record batches, file contents. Copies of a world share them
// by reference count; nobody changes them, so sharing can never be observed. One thread per world:
// the count is a plain integer.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

namespace odradek::sim {

// Base of everything a Ref may hold. A copy of the object starts its own count.
class Shared {
public:
    Shared() = default;
    Shared(Shared const&) {}
    Shared& operator=(Shared const&) { return *this; }
    virtual ~Shared() = default;

private:
    template <class T>
    friend class Ref;
    mutable std::uint32_t references_{0};
};

// A counted reference to an immutable T (derived from Shared); may be empty.
template <class T>
class Ref {
public:
    Ref() = default;
    explicit Ref(T const* object) : object_(object) { acquire(); }
    Ref(Ref const& other) : object_(other.object_) { acquire(); }
    Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    template <class U>
    requires std::is_base_of_v<T, U> Ref(Ref<U> const& other) : object_(other.get()) { acquire(); }
    template <class U>
    requires std::is_base_of_v<T, U> Ref(Ref<U>&& other)
    noexcept : object_(std::exchange(other.object_, nullptr)) {}
    Ref& operator=(Ref other) noexcept
    {
        std::swap(object_, other.object_);
        return *this;
    }
    ~Ref()
    {
        if (object_ != nullptr && --object_->references_ == 0)
            delete object_;
    }

    T const* get() const { return object_; }
    T const& operator*() const { return *object_; }
    T const* operator->() const { return object_; }
    explicit operator bool() const { return object_ != nullptr; }
    // Nobody else holds the object: its holder may change it before it shows it to others.
    bool sole() const { return object_ != nullptr && object_->references_ == 1; }
    // Will be looked at soon: a walk over many, each somewhere else in memory, asks a few ahead.
    void prefetch() const { __builtin_prefetch(object_, 1); }
    // The same object, not merely an equal one.
    friend bool operator==(Ref const& a, Ref const& b) { return a.object_ == b.object_; }

private:
    template <class U>
    friend class Ref;

    void acquire()
    {
        if (object_ != nullptr)
            ++object_->references_;
    }
    T const* object_{nullptr};
};

// Makes a T that others may share.
template <class T, class... Args>
Ref<T> share(Args&&... args)
{
    return Ref<T>(new T{std::forward<Args>(args)...});
}

// The object, ours alone to change before anybody else sees it: copied first if others hold it too,
// made if there is none. What is shared was made by share(), so it is not a constant object.
template <class T>
T& own(Ref<T>& ref)
{
    if (!ref)
        ref = share<T>();
    else if (!ref.sole())
        ref = share<T>(*ref);
    return const_cast<T&>(*ref);
}

}  // namespace odradek::sim
