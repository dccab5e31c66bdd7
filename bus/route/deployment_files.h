// Which file of a deployment's folder is what, by its path.
#pragma once

#include <string>
#include <string_view>

#include "bus/base/result.h"

namespace simpul {

enum class FileKind {
  settings,
  app,
  person,
  lookup,
  codes,
  route,
  schema,
  beside
};  // beside: README.md, *.test.yaml, config/kinds/

struct FileIdentity {
  FileKind kind = FileKind::beside;
  std::string
      stem;  // the name it must declare: "sismiop" of config/apps/sismiop.yaml, "events/x" of schemas/events/x.json
};

// A file that does not belong where it stands is a problem that says where it may stand.
Result<FileIdentity> identify_file(std::string_view path);

}  // namespace simpul
