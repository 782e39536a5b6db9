#include "tests/support/probe.h"

#include "sim/engine_impl.h"

template class odradek::sim::Engine<odradek::sim::probe::Model>;
