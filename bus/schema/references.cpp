// References: from a URI to the node it names (core §8.2.3), inside the registry and the meta-schemas built in.
#include <algorithm>

#include <fmt/format.h>

#include "bus/schema/compiler.h"
#include "bus/schema/metaschema.h"
#include "bus/schema/uri.h"

namespace simpul {
namespace {

// Comparing a name with very many others, very often, is not worth its time: hints have a budget of comparisons.
constexpr std::size_t guesses_limit = 200'000;
constexpr std::size_t few_members = 64;

std::string without_fragment(std::string_view uri) {
  return std::string(uri.substr(0, uri.find('#')));
}

}  // namespace

SchemaResource* SchemaCompiler::find_resource(const std::string& uri) {
  if (auto found = by_address_.find(uri); found != by_address_.end()) return found->second;
  auto text = find_metaschema(uri);
  if (!text) return nullptr;
  auto root = roots_.find(uri);
  auto* file = root != roots_.end() ? root->second : add_file(uri, std::string(*text), true);
  if (file == nullptr || file->root != nullptr) return nullptr;
  compile_file(*file);
  auto found = by_address_.find(uri);
  return found == by_address_.end() ? nullptr : found->second;
}

// The places of a file; made when something first refers into it.
SchemaCompiler::Places& SchemaCompiler::places(const SchemaFile& file) {
  for (; placed_ < store_.nodes.size(); ++placed_) {
    auto& node = store_.nodes[placed_];
    places_[node.file].nodes.emplace(node.pointer, &node);
  }
  return places_[&file];
}

// The value a pointer names. The members of big objects get an index: many references into one would look through all
// of it each time.
const json::Value* SchemaCompiler::value_at(const SchemaFile& file, Places& places, std::string_view pointer) {
  if (pointer.empty()) return &file.document.root();
  if (auto found = places.values.find(pointer); found != places.values.end()) return found->second;
  auto last = pointer.rfind('/');
  const auto* parent = value_at(file, places, pointer.substr(0, last));
  if (parent == nullptr) return nullptr;
  if (!parent->is_object() || parent->size() <= few_members) return json::at_pointer(*parent, pointer.substr(last));
  if (!places.indexed.insert(parent).second) return nullptr;
  for (const auto& [name, value] : parent->members()) {
    std::string path(pointer.substr(0, last));
    json::append_pointer(path, name);
    if (!room_for(value, file, path.size())) return nullptr;
    places.values.emplace(std::move(path), &value);
  }
  auto found = places.values.find(pointer);
  return found == places.values.end() ? nullptr : found->second;
}

// What a JSON Pointer names: a schema, or a value that no keyword makes one, which is then read as a schema for the
// sake of the reference. It belongs to the innermost resource around it.
Node* SchemaCompiler::find_place(SchemaResource& resource, const std::string& pointer) {
  auto& known = places(*resource.file);
  auto full = resource.pointer + pointer;
  if (auto found = known.nodes.find(full); found != known.nodes.end()) return found->second;
  const auto* value = value_at(*resource.file, known, full);
  if (value == nullptr) return nullptr;
  auto* around = &resource;
  for (auto end = full.rfind('/'); end > resource.pointer.size(); end = full.rfind('/', end - 1)) {
    auto parent = known.nodes.find(std::string_view(full).substr(0, end));
    if (parent == known.nodes.end()) continue;
    around = &resource_of(*parent->second);
    break;
  }
  return compile(*value, *around, std::move(full));
}

// `anchor` becomes the name of the fragment when it was one.
Node* SchemaCompiler::find(const std::string& uri, std::string_view* anchor) {
  auto base = without_fragment(uri);
  auto* resource = find_resource(base);
  if (resource == nullptr) return nullptr;
  auto fragment =
      uri.size() > base.size() ? percent_decoded(std::string_view(uri).substr(base.size() + 1)) : std::string();
  if (!fragment) return nullptr;
  if (fragment->empty()) return resource->root;
  if (fragment->front() == '/') return find_place(*resource, *fragment);
  auto found = resource->anchors.find(*fragment);
  if (found == resource->anchors.end()) return nullptr;
  if (anchor != nullptr) *anchor = found->first;
  return found->second;
}

void SchemaCompiler::resolve(const Reference& reference) {
  auto& resource = resource_of(*reference.node);
  std::string_view anchor;
  auto* target = find(resolve_uri(resource.uri, reference.target), &anchor);
  // A file with an identifier may still name its neighbours by their paths.
  if (target == nullptr) target = find(resolve_uri(file_address(resource.file->path), reference.target), &anchor);
  if (target == nullptr) return missing(reference, resource);
  if (reference.keyword == "$ref") {
    reference.node->ref = target;
    return;
  }
  // A dynamic reference begins as a static one; only when what it finds is a dynamic anchor of that name does the way
  // decide (core §8.2.3.2). `$recursiveRef` looks for roots that say `$recursiveAnchor`, which are anchors without
  // name.
  reference.node->dynamic_ref = target;
  const auto& anchors = resource_of(*target).dynamic_anchors;
  auto found = std::find_if(anchors.begin(), anchors.end(), [&](const auto& candidate) {
    return candidate.second == target && candidate.first == anchor &&
           anchor.empty() == (reference.keyword == "$recursiveRef");
  });
  if (found != anchors.end()) dynamic_references_.push_back({reference.node, found->first});
}

// The nearest name of a file or address, or of a place in a resource; empty when none is near.
std::string SchemaCompiler::guess_address(std::string_view address, const SchemaResource& from) {
  if (guessed_ > guesses_limit) return {};
  std::vector<std::string> candidates = standard_dialect_uris();
  const auto& path = from.file->path;
  auto folder = path.substr(0, path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1);
  for (const auto& file : store_.files) {
    if (file.built_in) continue;
    bool beside = file.path.starts_with(folder);
    candidates.push_back(beside ? file.path.substr(folder.size()) : "/" + file.path);
  }
  for (const auto& [uri, known] : by_address_) {
    if (uri != file_address(known->file->path)) candidates.push_back(uri);
  }
  guessed_ += candidates.size();
  std::sort(candidates.begin(), candidates.end());
  return nearest(address, candidates);
}

std::string SchemaCompiler::guess_place(std::string_view fragment, const SchemaResource& resource) {
  if (guessed_ > guesses_limit) return {};
  std::vector<std::string> candidates;
  for (const auto& [pointer, node] : places(*resource.file).nodes) {
    if (pointer.starts_with(resource.pointer) && pointer.size() > resource.pointer.size())
      candidates.push_back(fmt::format("#{}", pointer.substr(resource.pointer.size())));
  }
  for (const auto& [anchor, node] : resource.anchors) candidates.push_back(fmt::format("#{}", anchor));
  guessed_ += candidates.size();
  std::sort(candidates.begin(), candidates.end());
  return nearest(fragment, candidates);
}

void SchemaCompiler::missing(const Reference& reference, SchemaResource& resource) {
  if (list_.full()) return list_.add(*resource.file, reference.offset, {});
  auto base = without_fragment(reference.target);
  auto fragment = reference.target.substr(base.size());
  auto* other = base.empty() ? &resource : find_resource(without_fragment(resolve_uri(resource.uri, base)));
  if (other == nullptr) other = find_resource(without_fragment(resolve_uri(file_address(resource.file->path), base)));
  auto guess = other == nullptr ? guess_address(base, resource) : guess_place(fragment, *other);
  if (other != nullptr && !guess.empty()) guess = base + guess;
  std::string_view place = resource.dialect->draft >= Draft::draft2019_09 ? "$defs" : "definitions";
  auto hint = !guess.empty()     ? fmt::format("write \"{}\"", guess)
              : other == nullptr ? std::string(
                                       "nothing is fetched: put the file below "
                                       "schemas/, or name it by its $id")
              : base.empty() ? fmt::format("define it below {}", place)
                             : std::string("the file is there, but has no schema at this place");
  problem(*resource.file, reference.offset, fmt::format("{}/{}", reference.node->pointer, reference.keyword),
          "schema.missing_ref",
          fmt::format("nothing is at {}{}", quoted(reference.target),
                      guess.empty() ? "" : fmt::format(", did you mean \"{}\"?", guess)),
          std::move(hint));
}

}  // namespace simpul
