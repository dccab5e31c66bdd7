// A schema's cursor for the tests, from a short description: no schema engine is needed to test types.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bus/schema/schema.h"

namespace simpul {

struct Shape {
  SchemaType type;
  struct Field {
    std::shared_ptr<const Shape> shape;
    bool required = true;
  };
  std::map<std::string, Field, std::less<>> fields;
  std::shared_ptr<const Shape> item;
  bool closed = true;
};

class ShapeCursor final : public Schema::Cursor {
 public:
  explicit ShapeCursor(std::shared_ptr<const Shape> shape) : shape_(std::move(shape)) {}
  SchemaType type() const override { return shape_->type; }
  std::shared_ptr<const Cursor> property(std::string_view name, bool& required) const override {
    const auto found = shape_->fields.find(name);
    required = found != shape_->fields.end() && found->second.required;
    if (found != shape_->fields.end()) return std::make_shared<ShapeCursor>(found->second.shape);
    if (shape_->closed) return nullptr;
    return std::make_shared<ShapeCursor>(std::make_shared<Shape>());
  }
  std::shared_ptr<const Cursor> items() const override {
    return shape_->item ? std::make_shared<ShapeCursor>(shape_->item) : nullptr;
  }
  std::vector<std::string> properties() const override {
    std::vector<std::string> names;
    for (const auto& [name, field] : shape_->fields) names.push_back(name);
    return names;
  }
  bool closed() const override { return shape_->closed; }

 private:
  std::shared_ptr<const Shape> shape_;
};

inline std::shared_ptr<Shape> shape(unsigned kinds) {
  auto made = std::make_shared<Shape>();
  made->type.known = true;
  made->type.kinds = kinds;
  return made;
}

// The data of a family's move: required and optional fields, an enum, a nullable field, a list, an open object.
inline std::shared_ptr<const Schema::Cursor> move_schema() {
  using enum SchemaType::Kind;
  auto gender = shape(string);
  gender->type.enumeration = {"\"1\"", "\"2\""};
  auto name = shape(string);
  name->type.max_length = 60;
  name->type.personal = PersonalData::general;
  auto address = shape(object);
  address->fields = {{"jalan", {shape(string), true}}, {"rt", {shape(string), false}}, {"rw", {shape(string), false}}};
  auto member = shape(object);
  member->fields = {
      {"nik", {shape(string), true}}, {"stat_hbkel", {shape(integer), true}}, {"email", {shape(string), false}}};
  auto members = shape(array);
  members->item = member;
  members->type.max_items = 20;
  auto texts = shape(array);
  texts->item = shape(string);
  auto loose = shape(object);
  loose->closed = false;
  auto status = shape(integer);
  status->type.enumeration = {"1", "2", "3"};
  auto data = shape(object);
  data->fields = {{"nik", {shape(string), true}},    {"nama", {name, true}},
                  {"jenis_kelamin", {gender, true}}, {"status", {status, true}},
                  {"umur", {shape(integer), true}},  {"luas", {shape(number | integer), true}},
                  {"aktif", {shape(boolean), true}}, {"telepon", {shape(string | null), true}},
                  {"email", {shape(string), false}}, {"alamat", {address, true}},
                  {"alamat_lama", {address, false}}, {"anggota", {members, true}},
                  {"label", {texts, true}},          {"lain", {loose, true}},
                  {"no-kk", {shape(string), true}}};
  return std::make_shared<ShapeCursor>(std::shared_ptr<const Shape>(data));
}

inline constexpr const char* move_data = R"({
  "nik": "3671015207909001", "nama": "SITI JUM'AT", "jenis_kelamin": "2", "status": 2, "umur": 35, "luas": 72.50, "aktif": true,
  "telepon": null, "alamat": {"jalan": "Jl. Melati 1", "rt": "001"},
  "anggota": [{"nik": "3671015207909001", "stat_hbkel": 1, "email": "siti@example.id"}, {"nik": "3671011203909002", "stat_hbkel": 4}],
  "label": ["baru", "pindah"], "lain": {"besar": 12345678901234567890, "x": 1.0}, "no-kk": "3671010101209003"})";

}  // namespace simpul
