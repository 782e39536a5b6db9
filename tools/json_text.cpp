#include "tools/json_text.h"

#include <nlohmann/json.hpp>

namespace odradek::cli {

using Json = nlohmann::ordered_json;

std::string dump(Json const& json)
{
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json diagnostic_json(kafka::Diagnostic const& diagnostic)
{
    return {
        {"file", diagnostic.file},       {"line", diagnostic.line},
        {"column", diagnostic.column},   {"pointer", diagnostic.pointer},
        {"message", diagnostic.message}, {"suggestion", diagnostic.suggestion},
    };
}

}  // namespace odradek::cli
