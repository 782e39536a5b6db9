// Prints the scenario schema, for tests/schema_test.py.
#include <cstdio>

#include "model/scenario/reader.h"

int main() { return std::fputs(odradek::kafka::scenario_schema().c_str(), stdout) < 0 ? 1 : 0; }
