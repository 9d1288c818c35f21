// An Oclgrind plugin that prints, for each source line of a kernel, how its accesses fall on memory, warp by warp.
// Global: sectors of 32 bytes that a warp's access touches, of the minimum that could hold the distinct words.
// Local: rounds that 32 banks of 4 bytes take (16-byte accesses take a quarter of a warp per round), of those needed
// without conflicts.
// Lines are "ACCESS line L local|global load|store W B xN TOUCHED/IDEAL".
#include <oclgrind/Context.h>
#include <oclgrind/Kernel.h>
#include <oclgrind/KernelInvocation.h>
#include <oclgrind/Memory.h>
#include <oclgrind/Plugin.h>
#include <oclgrind/WorkGroup.h>
#include <oclgrind/WorkItem.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <tuple>
#include <vector>

// Of libLLVM's C interface, which Oclgrind has loaded.
extern "C" unsigned LLVMGetDebugLocLine(const void *instruction);

namespace {

const unsigned warp = 32, banks = 32, sectorWords = 8;
enum AddressSpace { global = 1, constant = 2, local = 3 };

struct Access {
  unsigned lane;
  size_t address, bytes;
};

struct Totals {
  unsigned long accesses = 0, touched = 0, ideal = 0;
};

// Line, whether local, whether a store, bytes.
using Place = std::tuple<unsigned, bool, bool, size_t>;
// One instruction as one warp executes it for the nth time.
using Execution = std::tuple<const void *, size_t, unsigned, Place>;

std::set<size_t> wordsOf(const std::vector<Access> &accesses) {
  std::set<size_t> words;
  for (const Access &a : accesses)
    for (size_t word = a.address / 4; word <= (a.address + a.bytes - 1) / 4; word++) words.insert(word);
  return words;
}

class MemoryAccesses : public oclgrind::Plugin {
 public:
  explicit MemoryAccesses(const oclgrind::Context *context) : Plugin(context) {}
  bool isThreadSafe() const override { return false; }

  void memoryLoad(
      const oclgrind::Memory *memory, const oclgrind::WorkItem *item, size_t address, size_t size) override {
    note(memory, item, address, size, false);
  }

  void memoryStore(
      const oclgrind::Memory *memory, const oclgrind::WorkItem *item, size_t address, size_t size,
      const uint8_t *) override {
    note(memory, item, address, size, true);
  }

  void workGroupComplete(const oclgrind::WorkGroup *) override {
    for (const auto &one : executions) {
      const Place &place = std::get<3>(one.first);
      Totals &total = totals[place];
      total.accesses++;
      if (std::get<1>(place)) {
        countRounds(one.second, std::get<3>(place), total);
      } else {
        const std::set<size_t> words = wordsOf(one.second);
        std::set<size_t> sectors;
        for (size_t word : words) sectors.insert(word / sectorWords);
        total.touched += sectors.size();
        total.ideal += (words.size() + sectorWords - 1) / sectorWords;
      }
    }
    executions.clear();
    timesExecuted.clear();
  }

  void kernelEnd(const oclgrind::KernelInvocation *) override {
    for (const auto &one : totals) {
      unsigned line;
      bool isLocal, isStore;
      size_t bytes;
      std::tie(line, isLocal, isStore, bytes) = one.first;
      printf(
          "ACCESS line %u %s %s %zu B x%lu %lu/%lu\n", line, isLocal ? "local" : "global", isStore ? "store" : "load",
          bytes, one.second.accesses, one.second.touched, one.second.ideal);
    }
    totals.clear();
  }

 private:
  std::map<Place, Totals> totals;
  std::map<Execution, std::vector<Access>> executions;
  std::map<std::pair<const void *, size_t>, unsigned> timesExecuted;

  void note(const oclgrind::Memory *memory, const oclgrind::WorkItem *item, size_t address, size_t size, bool isStore) {
    const unsigned space = memory->getAddressSpace();
    if (space != global && space != constant && space != local) return;
    const void *instruction = item->getCurrentInstruction();
    const oclgrind::Size3 id = item->getLocalID(), extents = item->getWorkGroup()->getGroupSize();
    const size_t index = id.x + extents.x * (id.y + extents.y * id.z);
    const unsigned times = timesExecuted[{instruction, index}]++;
    const Place place(LLVMGetDebugLocLine(instruction), space == local, isStore, size);
    executions[Execution(instruction, index / warp, times, place)].push_back({unsigned(index % warp), address, size});
  }

  static void countRounds(const std::vector<Access> &accesses, size_t bytes, Totals &total) {
    const unsigned lanesARound = std::max<size_t>(1, banks * 4 / std::max<size_t>(4, bytes));
    std::map<unsigned, std::vector<Access>> rounds;
    for (const Access &a : accesses) rounds[a.lane / lanesARound].push_back(a);
    for (const auto &round : rounds) {
      std::map<size_t, size_t> wordsOfBank;
      for (size_t word : wordsOf(round.second)) wordsOfBank[word % banks]++;
      size_t most = 0;
      for (const auto &bank : wordsOfBank) most = std::max(most, bank.second);
      total.touched += most;
      total.ideal++;
    }
  }
};

MemoryAccesses *plugin;

}  // namespace

extern "C" void initializePlugins(oclgrind::Context *context) {
  plugin = new MemoryAccesses(context);
  context->registerPlugin(plugin);
}

extern "C" void releasePlugins(oclgrind::Context *context) {
  context->unregisterPlugin(plugin);
  delete plugin;
}
