#include "bus/route/held_data.h"

#include <algorithm>

#include "bus/event/json.h"

namespace simpul {
namespace {

constexpr int schema_depth_limit = 16;
constexpr std::size_t schema_places_limit = 5'000;

class HeldDataSearch {
 public:
  explicit HeldDataSearch(PersonalData cleared) : cleared_(cleared) {}

  std::optional<HeldData> above(const Schema::Cursor& cursor, const std::vector<std::string>& except,
                                const Schema::Cursor* declared, const std::string& pointer = {}, int depth = 0) {
    if (++places_ > schema_places_limit || depth > schema_depth_limit) return std::nullopt;
    const auto type = cursor.type();
    const bool is_declared = declared != nullptr && declared->type().personal >= type.personal;
    if (type.personal > cleared_ && !is_declared) return HeldData{pointer, type.personal};
    const auto named = declared != nullptr ? declared->properties() : std::vector<std::string>();
    for (const auto& name : cursor.properties()) {
      if (depth == 0 && std::ranges::find(except, name) != except.end()) continue;
      bool required = false;
      auto inside = pointer;
      json::append_pointer(inside, name);
      const auto property = cursor.property(name, required);
      if (property == nullptr) continue;
      const bool is_named = std::ranges::find(named, name) != named.end();
      const auto same = is_named ? declared->property(name, required) : nullptr;
      if (auto found = above(*property, {}, same.get(), inside, depth + 1)) return found;
    }
    if (!type.known || !(type.kinds & SchemaType::array)) return std::nullopt;
    const auto items = cursor.items();
    if (items == nullptr) return std::nullopt;
    const auto same = declared != nullptr ? declared->items() : nullptr;
    return above(*items, {}, same.get(), pointer + "/*", depth + 1);
  }

 private:
  PersonalData cleared_;
  std::size_t places_ = 0;
};

}  // namespace

std::optional<HeldData> personal_above(const Schema::Cursor& cursor, PersonalData cleared,
                                       const std::vector<std::string>& except, const Schema::Cursor* declared) {
  return HeldDataSearch(cleared).above(cursor, except, declared);
}

}  // namespace simpul
