// A register row as the header of an edXML message (QCVN 102:2016/BTTTT): what the national exchange of documents knows of a paper. The
// body, signatures and attachments are not made here: a document management system adds them when it takes the paper over.
#pragma once
#include "store/store.hpp"
#include "tools/registers/row.hpp"

namespace registers {

// The identifier of an agency in the exchange, e.g. 000.00.12.H56: its code or one of its aliases of that form, else its code.
std::string organ_id(const std::string& code, const std::vector<std::string>& aliases);
bool is_organ_id(std::string_view text);

struct Organ {
  std::string id, name;
};
// `row` of congthu.document/1, of an outgoing document with "recipients"; `to`: receiving agencies here, `paper`: it goes on paper too.
// Errc::invalid: number, date or title are missing, without which the header may not be.
[[nodiscard]] base::Result<std::string> edxml_header(const Json& row, const Organ& from, const std::vector<Organ>& to, bool paper);

// "204/KH-UBND" -> "204", "KH-UBND"; "30/2020/NĐ-CP" -> "30", "2020/NĐ-CP".
std::pair<std::string, std::string> split_number(std::string_view number);

}  // namespace registers
