// The master key inside a PKCS#11 token: the module is loaded by its path, the key found by its label, and every data key goes
// through C_Encrypt and C_Decrypt (AES-GCM). One session, one lock: keys are unwrapped once, when the store is opened.
#include <dlfcn.h>
#include <fcntl.h>
#include <p11-kit/pkcs11.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <mutex>

#include "base/ascii.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "store/master_key.hpp"

namespace store {
namespace {

using base::Errc;
using base::fail;

constexpr std::size_t kNonce = 12, kTag = 16;

struct TokenUri {  // RFC 7512
  std::string token, object, module, pin_file;
};

base::Result<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const auto byte = base::hex_decode(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return fail(Errc::invalid, "pkcs11 URI: a broken %-escape");
    out += *byte;
    i += 2;
  }
  return out;
}

// pk11-URI = "pkcs11:" pattr *(";" pattr) ["?" qattr *("&" qattr)]; RFC 7512 2.3
base::Result<TokenUri> parse(std::string_view uri) {
  TokenUri out;
  const std::map<std::string_view, std::string TokenUri::*> known{
      {"token", &TokenUri::token}, {"object", &TokenUri::object}, {"module-path", &TokenUri::module}, {"pin-source", &TokenUri::pin_file}};
  uri.remove_prefix(std::string_view("pkcs11:").size());
  while (!uri.empty()) {
    const std::size_t end = uri.find_first_of(";?&");
    const std::string_view pair = uri.substr(0, end);
    uri.remove_prefix(end == std::string_view::npos ? uri.size() : end + 1);
    const std::size_t equals = pair.find('=');
    const auto name = known.find(pair.substr(0, equals));
    if (equals == std::string_view::npos || name == known.end())
      return fail(Errc::invalid, "pkcs11 URI: \"" + std::string(pair.substr(0, 40)) + "\" is not token=, object=, module-path= or pin-source=");
    auto value = percent_decoded(pair.substr(equals + 1));
    if (!value) return value.error();
    out.*(name->second) = *std::move(value);
  }
  if (out.pin_file.starts_with("file:")) out.pin_file.erase(0, 5);
  if (out.token.empty() || out.object.empty() || out.module.empty() || out.pin_file.empty())
    return fail(Errc::invalid, "pkcs11 URI: token=, object=, module-path= and pin-source= (a file with the PIN) are all needed");
  return out;
}

base::Result<std::string> read_pin(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return fail(Errc::not_found, "PIN file " + path + ": " + std::strerror(errno));
  std::string pin(256, '\0');
  const ssize_t n = ::read(fd, pin.data(), pin.size());
  ::close(fd);
  if (n <= 0) return fail(Errc::invalid, "PIN file " + path + " cannot be read or is empty");
  pin.resize(std::size_t(n));
  return std::string(base::trim(pin));
}

base::Error refused(const std::string& what, CK_RV rv) {
  char code[32];
  std::snprintf(code, sizeof code, "0x%lx", rv);
  const Errc kind = rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LOCKED ? Errc::denied : Errc::unavailable;
  return fail(kind, "the PKCS#11 token: " + what + " failed with " + code +
                        (rv == CKR_PIN_INCORRECT ? " (wrong PIN)" : rv == CKR_PIN_LOCKED ? " (the PIN is locked)" : ""));
}

CK_BYTE_PTR bytes(std::string& s) { return reinterpret_cast<CK_BYTE_PTR>(s.data()); }

class TokenKey final : public MasterKey {
 public:
  ~TokenKey() override {
    if (session_ != 0) functions_->C_CloseSession(session_);
    if (initialized_) functions_->C_Finalize(nullptr);
    if (module_ != nullptr) ::dlclose(module_);
  }

  base::Result<void> open(const TokenUri& uri) {
    id_ = "pkcs11:" + uri.token + "/" + uri.object;
    if (auto loaded = load(uri.module); !loaded) return loaded.error();
    auto slot = find_slot(uri.token);
    if (!slot) return slot.error();
    CK_RV rv = functions_->C_OpenSession(*slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session_);
    if (rv != CKR_OK) return refused("C_OpenSession", rv);
    auto pin = read_pin(uri.pin_file);
    if (!pin) return pin.error();
    rv = functions_->C_Login(session_, CKU_USER, bytes(*pin), pin->size());
    base::wipe(*pin);
    if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN) return refused("C_Login", rv);
    return find_key(uri.object);
  }

  std::string id() const override { return id_; }

  base::Result<std::string> wrap(std::string_view secret, std::string_view bound) const override {
    std::string nonce = base::random_bytes(kNonce);
    auto sealed = run(nonce, bound, secret, secret.size() + kTag, functions_->C_EncryptInit, functions_->C_Encrypt, "C_Encrypt");
    if (!sealed) return sealed.error();
    return nonce + *sealed;
  }

  base::Result<std::string> unwrap(std::string_view wrapped, std::string_view bound) const override {
    if (wrapped.size() < kNonce + kTag) return fail(Errc::denied, "a wrapped data key is cut short");
    std::string nonce(wrapped.substr(0, kNonce));
    auto secret = run(nonce, bound, wrapped.substr(kNonce), wrapped.size(), functions_->C_DecryptInit, functions_->C_Decrypt, "C_Decrypt");
    if (!secret) return fail(Errc::denied, secret.error().detail() + ": another master key, or a damaged row");
    return secret;
  }

 private:
  template <class Init, class Work>
  base::Result<std::string> run(std::string& nonce, std::string_view bound, std::string_view input, std::size_t room, Init init, Work work,
                                const char* what) const {
    const std::lock_guard lock(mutex_);
    std::string aad(bound), in(input), out(room, '\0');
    CK_GCM_PARAMS gcm{bytes(nonce), nonce.size(), nonce.size() * 8, bytes(aad), aad.size(), kTag * 8};
    CK_MECHANISM mechanism{CKM_AES_GCM, &gcm, sizeof gcm};
    CK_RV rv = init(session_, &mechanism, key_);
    CK_ULONG size = out.size();
    if (rv == CKR_OK) rv = work(session_, bytes(in), in.size(), bytes(out), &size);
    base::wipe(in);
    if (rv != CKR_OK) return refused(what, rv);
    out.resize(size);
    return out;
  }

  base::Result<void> load(const std::string& path) {
    module_ = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module_ == nullptr) return fail(Errc::not_found, "the PKCS#11 module " + path + " cannot be loaded: " + ::dlerror());
    const auto get = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(module_, "C_GetFunctionList"));
    if (get == nullptr || get(&functions_) != CKR_OK) return fail(Errc::invalid, path + " is not a PKCS#11 module");
    CK_C_INITIALIZE_ARGS threads{};
    threads.flags = CKF_OS_LOCKING_OK;
    const CK_RV rv = functions_->C_Initialize(&threads);
    initialized_ = rv == CKR_OK;  // somebody else's is theirs to end
    if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED) return refused("C_Initialize", rv);
    return {};
  }

  base::Result<CK_SLOT_ID> find_slot(const std::string& label) const {
    CK_SLOT_ID slots[64];
    CK_ULONG count = std::size(slots);
    const CK_RV rv = functions_->C_GetSlotList(CK_TRUE, slots, &count);
    if (rv != CKR_OK) return refused("C_GetSlotList", rv);
    for (CK_ULONG i = 0; i < count; ++i) {
      CK_TOKEN_INFO info{};
      if (functions_->C_GetTokenInfo(slots[i], &info) != CKR_OK) continue;
      std::string_view name(reinterpret_cast<const char*>(info.label), sizeof info.label);  // padded with blanks
      name = name.substr(0, name.find_last_not_of(' ') + 1);
      if (name == label) return slots[i];
    }
    return fail(Errc::not_found, "no PKCS#11 token \"" + label + "\" is present: plug it in, or mend token= in encryption.master_key");
  }

  base::Result<void> find_key(const std::string& label) {
    CK_OBJECT_CLASS kind = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_AES;
    std::string name = label;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &kind, sizeof kind}, {CKA_KEY_TYPE, &type, sizeof type}, {CKA_LABEL, name.data(), name.size()}};
    CK_RV rv = functions_->C_FindObjectsInit(session_, wanted, std::size(wanted));
    if (rv != CKR_OK) return refused("C_FindObjectsInit", rv);
    CK_OBJECT_HANDLE found[2];
    CK_ULONG count = 0;
    rv = functions_->C_FindObjects(session_, found, std::size(found), &count);
    functions_->C_FindObjectsFinal(session_);
    if (rv != CKR_OK) return refused("C_FindObjects", rv);
    if (count == 0) return fail(Errc::not_found, "the PKCS#11 token holds no AES key \"" + label + "\"");
    if (count > 1) return fail(Errc::conflict, "the PKCS#11 token holds several AES keys \"" + label + "\": give them different labels");
    key_ = found[0];
    return {};
  }

  std::string id_;
  void* module_ = nullptr;
  CK_FUNCTION_LIST_PTR functions_ = nullptr;
  bool initialized_ = false;
  CK_SESSION_HANDLE session_ = 0;
  CK_OBJECT_HANDLE key_ = 0;
  mutable std::mutex mutex_;
};

}  // namespace

base::Result<std::unique_ptr<MasterKey>> open_token_key(std::string_view uri) {
  auto parsed = parse(uri);
  if (!parsed) return parsed.error();
  auto key = std::make_unique<TokenKey>();
  if (auto opened = key->open(*parsed); !opened) return opened.error();
  return std::unique_ptr<MasterKey>(std::move(key));
}

}  // namespace store
