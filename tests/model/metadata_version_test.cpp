#include "model/metadata_version.h"

#include <doctest/doctest.h>

#include "model/directory_id.h"

using namespace odradek::kafka;

TEST_CASE("metadata.version: names, releases and levels mean the same")
{
    CHECK(parse_metadata_version("3.6-IV0") == MetadataVersion{12});
    CHECK(parse_metadata_version("3.6") == MetadataVersion{14});
    CHECK(parse_metadata_version("12") == MetadataVersion{12});
    CHECK_FALSE(parse_metadata_version("3.6-IV9"));
    CHECK_FALSE(parse_metadata_version("99"));
    CHECK_FALSE(parse_metadata_version(""));
    CHECK(to_string(latest_metadata_version({3, 9})) == "3.9-IV0");
    CHECK(to_string(latest_metadata_version({4, 1})) == "4.1-IV1");
    CHECK(to_string(oldest_metadata_version({4, 0})) == "3.3-IV3");
}

TEST_CASE("metadata.version: a downgrade that loses nothing is told from one that does")
{
    CHECK_FALSE(metadata_changed_between({25}, {23}));
    CHECK(metadata_changed_between({25}, {22}));
    CHECK_FALSE(metadata_changed_between({22}, {17}));
    CHECK_FALSE(metadata_changed_between({12}, {12}));
}

TEST_CASE("features: eligible leader replicas are on in new clusters from 4.1 on (KIP-966)")
{
    auto const elr = [](KafkaVersion version,
                        std::map<std::string, std::string, std::less<>> const& wanted = {}) {
        FeatureLevels const levels = feature_levels(version, wanted);
        auto const at = levels.find(elr_feature);
        return at != levels.end() ? at->second : -1;
    };
    CHECK(elr({3, 9}) == -1);
    CHECK(elr({4, 0}) == 0);
    CHECK(elr({4, 1}) == 1);
    CHECK(elr({4, 1}, {{"metadata.version", "4.0-IV3"}}) == 0);
    CHECK(elr({4, 1}, {{"eligible.leader.replicas.version", "0"}}) == 0);
    CHECK(elr({4, 0}, {{"eligible.leader.replicas.version", "1"}}) == 1);
}

TEST_CASE("directory ids are printed as Kafka prints UUIDs")
{
    CHECK(to_string(migrating_directory) == "AAAAAAAAAAAAAAAAAAAAAA");
    CHECK(to_string(unassigned_directory) == "AAAAAAAAAAAAAAAAAAAAAQ");
    CHECK(to_string(lost_directory) == "AAAAAAAAAAAAAAAAAAAAAg");
    CHECK(to_string(DirectoryId{~std::uint64_t{0}, ~std::uint64_t{0}}) == "_____________________w");
    CHECK(DirectoryId{0, 99}.reserved());
    CHECK_FALSE(DirectoryId{0, 100}.reserved());
}
