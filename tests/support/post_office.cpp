#include "tests/support/post_office.h"

#include "sim/engine_impl.h"

template class odradek::sim::Engine<odradek::sim::post::Model>;
