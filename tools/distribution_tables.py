#!/usr/bin/env python3
# Writes sim/distribution_tables.h: python3 tools/distribution_tables.py > sim/distribution_tables.h
# Needs mpmath. The tables are checked in and tests/sim/distribution_test.cpp checks them; this is
# how
# they came to be.
import mpmath

mpmath.mp.prec = 200
INTERVALS = 256
OCTAVES = 63
PARTS = 16


def rounded(value):
    return int(mpmath.nint(value))


def rows(numbers, suffix=''):
    line = '   '
    for number in numbers:
        word = f' {number}{suffix},'
        if len(line) + len(word) > 98:
            yield line
            line = '   '
        line += word
    yield line


def table(comment, kind, name, numbers, suffix=''):
    print(comment)
    print(f'inline constexpr std::array<{kind}, {len(numbers)}> {name} = {{')
    print('\n'.join(rows(numbers, suffix)))
    print('};\n')


def tail(q):
    """The z with P(Z > z) = q."""
    guess = mpmath.sqrt(2) * mpmath.erfinv(1 - 2 * q) if q > mpmath.mpf(2) ** -40 else None
    if guess is not None:
        return guess
    log_q = mpmath.log(q)
    z = mpmath.sqrt(-2 * log_q)
    for _ in range(60):  # Newton on the logarithm of the tail.
        value = mpmath.erfc(z / mpmath.sqrt(2)) / 2
        density = mpmath.npdf(z)
        step = (mpmath.log(value) - log_q) * value / density
        z += step
        if abs(step) < mpmath.mpf(2) ** -100:
            break
    return z


two = mpmath.mpf(2)
centres = [1 + (i + mpmath.mpf(0.5)) / INTERVALS for i in range(INTERVALS)]
inverses = [rounded(two ** 64 / centre) for centre in centres]
logs = [rounded(-mpmath.log(inverse / two ** 64) * two ** 56) for inverse in inverses]
powers = [rounded(two ** (mpmath.mpf(i) / INTERVALS) * two ** 62) for i in range(INTERVALS)]

values, slopes = [], []
for octave in range(1, OCTAVES + 1):
    for part in range(PARTS + 1):
        q = (1 + mpmath.mpf(part) / PARTS) * mpmath.mpf(2) ** -(octave + 1)
        z = mpmath.mpf(0) if q == 0.5 else tail(q)
        values.append(rounded(z * 2 ** 27))
        slopes.append(rounded(-mpmath.mpf(2) ** -(octave + 1) / mpmath.npdf(z) / PARTS * 2 ** 31))

print('// Tables of the integer distributions, written by '
      'tools/distribution_tables.py. Not edited.')
print('#pragma once\n\n#include <array>\n#include <cstdint>\n')
print('namespace odradek::sim::tables {\n')
print('// clang-format off\n')
table('// 2^64 / c for the centre c of each 256th of [1, 2).',
      'std::uint64_t', 'inverse', inverses, 'u')
table('// ln of 2^64 / inverse, times 2^56.', 'std::int64_t', 'ln', logs)
table('// 2^(i / 256), times 2^62.', 'std::uint64_t', 'power', powers, 'u')
table('// The z with P(Z > z) = (1 + j / 16) / 2^(k + 1), times 2^27, at 17 (k - 1) + j, '
      'for j from 0\n'
      '// to 16 and k from 1 to 63.', 'std::int32_t', 'tail_z', values)
table('// How much z changes in a 16th there (dz/dj), times 2^31.',
      'std::int32_t', 'tail_slope', slopes)
print('// clang-format on\n')
print('}  // namespace odradek::sim::tables')
