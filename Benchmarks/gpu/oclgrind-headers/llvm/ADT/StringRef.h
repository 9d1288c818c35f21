// Oclgrind's headers name this class and nothing of it; so its plugin interface compiles without LLVM's own headers.
namespace llvm {
class StringRef;
}
