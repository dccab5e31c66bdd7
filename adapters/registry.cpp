#include "adapters/registry.h"

#include "adapters/file/file.h"
#include "adapters/http/http.h"
#include "adapters/sql/sql.h"

namespace simpul {

AdapterTable all_adapters() {
  return {
      file_adapter(),
      http_adapter(),
      sql_adapter(),
  };
}

}  // namespace simpul
