// config/people/<who>.yaml
#include <fmt/format.h>

#include <algorithm>

#include "bus/route/declarations.h"
#include "bus/route/kind_reader.h"

namespace simpul {

void read_person(const yaml::Node& root, const std::string& stem, ReadingContext& context) {
  static const std::vector<std::string> roles{"operator", "integrator", "auditor"};  // bits of PersonRole, in order
  KindReader reader(root, "person", context.problems);
  if (!reader.is_map()) return;
  Person person;
  person.name = stem;
  read_own_name(reader, "person", stem);
  person.title = reader.text("title");
  auto named = reader.text_list("roles", Need::required, "[operator]");
  for (std::size_t i = 0; i < named.size(); ++i) {
    auto found = std::find(roles.begin(), roles.end(), named[i]);
    if (found != roles.end()) {
      person.roles |= 1u << (found - roles.begin());
      continue;
    }
    const auto& list = reader.at("roles");
    reader.report(i < list.items.size() ? list.items[i] : list, "person.role",
                  fmt::format("there is no role \"{}\"{}", named[i], did_you_mean(named[i], roles)),
                  "roles are operator, integrator and auditor");
  }
  person.cleared = reader.personal_data("cleared", PersonalData::none);
  person.unix_users = reader.text_list("unix_users");
  reader.finish();
  for (const auto& user : person.unix_users) {
    for (const auto& [name, other] : context.out.people) {
      if (std::find(other.unix_users.begin(), other.unix_users.end(), user) == other.unix_users.end()) continue;
      reader.report(reader.at("unix_users"), "person.shared_user",
                    fmt::format("the Unix user {} stands for two people, {} and {}", user, name, stem),
                    "every act must name one person: give each a user of their own");
    }
  }
  context.out.people.emplace(stem, std::move(person));
}

}  // namespace simpul
