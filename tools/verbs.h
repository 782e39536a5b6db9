// The verbs, one file each. Each prints its result on stdout and says how to exit; what the user
// got wrong is thrown as a UserError.
#pragma once

#include "tools/app.h"
#include "tools/exit_code.h"

namespace odradek::cli {

ExitCode run(Arguments const& arguments);
ExitCode museum(Arguments const& arguments);
ExitCode storage(Arguments const& arguments);
ExitCode examples(Arguments const& arguments);
ExitCode validate(Arguments const& arguments);
ExitCode schema(Arguments const& arguments);
ExitCode configs(Arguments const& arguments);
ExitCode switches(Arguments const& arguments);
ExitCode kafka_delete_records(Arguments const& arguments);
ExitCode kafka_get_offsets(Arguments const& arguments);
ExitCode kafka_log_dirs(Arguments const& arguments);
ExitCode kafka_dump_log(Arguments const& arguments);
ExitCode kafka_topics(Arguments const& arguments);
ExitCode kafka_consumer_groups(Arguments const& arguments);
ExitCode kafka_configs(Arguments const& arguments);
ExitCode kafka_leader_election(Arguments const& arguments);
ExitCode kafka_features(Arguments const& arguments);
ExitCode kafka_metadata_quorum(Arguments const& arguments);
ExitCode kafka_reassign_partitions(Arguments const& arguments);
ExitCode kafka_transactions(Arguments const& arguments);
ExitCode completions(Arguments const& arguments);

}  // namespace odradek::cli
