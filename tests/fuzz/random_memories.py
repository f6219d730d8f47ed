# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The memories of a random module (random_module.py): one with 32-bit addresses, now and then shared; in some
modules a second one, of any kind.
"""


class Memories:
    def __init__(self, r):
        self.most = r.choice([1, 2, 3, 5])
        self.shared = r.random() < 0.15
        self.second = None
        if not self.shared and r.random() < 0.3:
            self.second = r.choice([
                {"most": 3}, {}, {"wide": True, "most": 2}, {"wide": True},
                {"least": r.choice([0, 1, 100, 65535, 70000]), "log": 0}, {"least": 70000, "log": 0, "wide": True},
                {"most": 65536}, {"least": 0, "most": 4}])

    def is_wide(self, memory):
        return memory == 1 and "wide" in self.second

    def memarg(self, memory, offset, leb):
        return b"\x40" + leb(memory) + leb(offset) if memory else b"\x00" + leb(offset)

    def exports(self):
        both = [b"\x06memory\x02\x00", b"\x07memory1\x02\x01"]
        return both if self.second is not None else both[:1]

    def section(self, leb):
        first = (b"\x03\x01" if self.shared else b"\x01\x01") + leb(self.most)
        if self.second is None:
            return b"\x01" + first
        has_most, has_log = "most" in self.second, "log" in self.second
        flags = bytes([has_most + 4 * ("wide" in self.second) + 8 * has_log])
        limits = leb(self.second.get("least", 1)) + (leb(self.second["most"]) if has_most else b"")
        return b"\x02" + first + flags + limits + (leb(self.second["log"]) if has_log else b"")
