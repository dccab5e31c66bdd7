// config/people/<who>.yaml
#include <fmt/format.h>

#include <algorithm>

#include "bus/route/declarations.h"
#include "bus/route/kind_reader.h"
#include "bus/route/kinds.h"

namespace simpul {

void read_person(const yaml::Node& root, const std::string& stem, ReadingContext& context) {
  KindReader reader(root, "person", person_fields(), context.problems);
  if (!reader.is_map()) return;
  Person person;
  person.name = stem;
  read_own_name(reader, "person", stem);
  person.title = reader.text("title");
  for (const auto& role : reader.text_list("roles"))
    person.roles |= 1u << (std::ranges::find(person_roles(), role) - person_roles().begin());
  person.cleared = reader.personal_data("cleared");
  person.unix_users = reader.text_list("unix_users");
  reader.finish();
  for (const auto& user : person.unix_users) {
    for (const auto& [name, other] : context.out.people) {
      if (std::find(other.unix_users.begin(), other.unix_users.end(), user) == other.unix_users.end()) continue;
      reader.report(reader.at("unix_users"), "person.shared_user",
                    fmt::format("the Unix user {} stands for two people, {} and {}", user, name, stem),
                    "every act must name one person: give each a user of their own");
      const auto& first = context.out.roots.at("config/people/" + name + ".yaml");
      if (const auto* users = first.find("unix_users"))
        reader.problems().back().related.push_back({users->place, name + " has the user here"});
    }
  }
  context.out.people.emplace(stem, std::move(person));
}

}  // namespace simpul
