#include "model/check/judges.h"

#include <algorithm>
#include <utility>

#include "model/check/client_history.h"
#include "model/check/compaction.h"
#include "model/check/deletion.h"
#include "model/check/fencing.h"
#include "model/check/groups.h"
#include "model/check/isr_laws.h"
#include "model/check/ledger.h"
#include "model/check/metadata.h"
#include "model/check/quorum.h"
#include "model/check/registrations.h"
#include "model/check/replication.h"
#include "model/check/sessions.h"
#include "model/check/storage.h"
#include "model/check/transactions.h"
#include "model/check/verdicts.h"

namespace odradek::kafka::check {

struct Judges::Bench {
    explicit Bench(Options const& options)
        : replication(verdicts),
          registrations(verdicts),
          quorum(verdicts),
          metadata(verdicts),
          isr(verdicts),
          clients(verdicts),
          sessions(verdicts),
          storage(verdicts),
          compaction(verdicts),
          deletion(verdicts),
          transactions(verdicts),
          fencing(verdicts),
          groups(verdicts)
    {
        auto const named = [](std::vector<std::string> const& list, std::string const& name) {
            return std::find(list.begin(), list.end(), name) != list.end();
        };
        for (sim::Property const& law : verdicts.laws())
            verdicts.want(law.name, (options.all || named(options.only, law.name)) &&
                                        !named(options.skip, law.name));
    }

    Verdicts verdicts;
    Ledger ledger;
    ReplicationLaws replication;
    RegistrationLaws registrations;
    QuorumLaws quorum;
    MetadataLaws metadata;
    IsrLaws isr;
    ClientHistory clients;
    SessionLaws sessions;
    StorageLaws storage;
    CompactionLaws compaction;
    DeletionLaws deletion;
    TransactionLaws transactions;
    FencingLaws fencing;
    GroupLaws groups;
};

Judges::Judges() : Judges(Options{}) {}
Judges::Judges(Options options) : bench_(std::make_unique<Bench>(options)) {}
Judges::Judges(Judges const& other) : bench_(std::make_unique<Bench>(*other.bench_)) {}
Judges::Judges(Judges&&) noexcept = default;
Judges& Judges::operator=(Judges other) noexcept
{
    std::swap(bench_, other.bench_);
    return *this;
}
Judges::~Judges() = default;

void Judges::see(Fact const& fact, Names const& names)
{
    if (std::holds_alternative<FetchSessionUsed>(fact.is)) {
        bench_->sessions.see(fact, bench_->verdicts);
        return;
    }
    // Most facts tell of records on their way: what these do not look at is not asked.
    bool const of_records = std::holds_alternative<RecordsAppended>(fact.is) ||
                            std::holds_alternative<HighWatermarkAdvanced>(fact.is) ||
                            std::holds_alternative<RecordsSent>(fact.is) ||
                            std::holds_alternative<RecordsAcknowledged>(fact.is) ||
                            std::holds_alternative<RecordsConsumed>(fact.is);
    if (!of_records)
        bench_->compaction.see(fact, bench_->ledger, names, bench_->verdicts);
    bench_->ledger.see(fact);
    bench_->replication.see(fact, bench_->ledger, names, bench_->verdicts);
    if (!of_records) {
        bench_->registrations.see(fact, bench_->ledger, bench_->replication, names,
                                  bench_->verdicts);
        bench_->quorum.see(fact, bench_->verdicts);
        bench_->metadata.see(fact, names, bench_->verdicts);
        bench_->deletion.see(fact, names, bench_->verdicts);
        bench_->groups.see(fact, names, bench_->verdicts);
    }
    bench_->isr.see(fact, bench_->ledger, names, bench_->verdicts);
    bench_->clients.see(fact, names, bench_->verdicts);
    bench_->storage.see(fact, names, bench_->verdicts);
    bench_->transactions.see(fact, names, bench_->verdicts);
    bench_->fencing.see(fact, names, bench_->verdicts);
}

void Judges::finish(ClusterEnd const& end, Names const& names)
{
    bench_->replication.finish(end, bench_->ledger, names, bench_->verdicts);
    bench_->quorum.finish(end.time, bench_->verdicts);
    bench_->metadata.finish(end, names, bench_->verdicts);
    bench_->isr.finish(end, names, bench_->verdicts);
    bench_->clients.finish(end, bench_->ledger, names, bench_->verdicts);
    bench_->sessions.finish(end, names, bench_->verdicts);
    bench_->storage.finish(end, names, bench_->verdicts);
    bench_->transactions.finish(end, names, bench_->verdicts);
    bench_->deletion.finish(end, names, bench_->verdicts);
    bench_->groups.finish(end, names, bench_->verdicts);
}

std::vector<Violation> const& Judges::violations() const { return bench_->verdicts.violations(); }

std::vector<sim::Property> Judges::properties() const { return bench_->verdicts.laws(); }

}  // namespace odradek::kafka::check
