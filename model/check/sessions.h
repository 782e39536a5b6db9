// Fetch sessions (KIP-227): what a broker means by a session is what its fetcher means, and what it
// leaves out of an answer a full fetch would not have told either.
#pragma once

#include "model/check/verdicts.h"

namespace odradek::kafka::check {

class SessionLaws {
public:
    explicit SessionLaws(Verdicts& verdicts);

    void see(Fact const& fact, Verdicts& verdicts) const;
    void finish(ClusterEnd const& end, Names const& names, Verdicts& verdicts) const;

private:
    std::size_t agrees_;
};

}  // namespace odradek::kafka::check
