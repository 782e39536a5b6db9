#include "model/kraft/election_file.h"

#include <fmt/format.h>

namespace odradek::kafka {

std::string ElectionFile::text() const
{
    BrokerId const voted_id = voted ? voted->id : no_broker;
    if (version == 0)
        return fmt::format(R"({{"leaderId":{},"leaderEpoch":{},"votedId":{},"appliedOffset":0,)"
                           R"("currentVoters":[],"data_version":0}})",
                           leader.value, epoch.value, voted_id.value);
    return fmt::format(R"({{"leaderId":{},"leaderEpoch":{},"votedId":{},)"
                       R"("votedDirectoryId":"{}","data_version":1}})",
                       leader.value, epoch.value, voted_id.value,
                       to_string(voted ? voted->directory : migrating_directory));
}

std::string DirectoryFile::text() const
{
    return fmt::format("version=1\ndirectory.id={}\n", to_string(directory));
}

}  // namespace odradek::kafka
