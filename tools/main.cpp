// The command line `odradek`.
#include <fmt/core.h>

int main()
{
    fmt::print("odradek 0.1.0\n");
    return 0;
}
