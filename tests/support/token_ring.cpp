#include "tests/support/token_ring.h"

#include "sim/engine_impl.h"

template class odradek::sim::Engine<odradek::sim::ring::Model>;
