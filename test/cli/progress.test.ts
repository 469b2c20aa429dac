import { afterEach, expect, it, vi } from "vitest";
import { createProgress } from "../../src/cli/progress.ts";

afterEach(() => vi.restoreAllMocks());

it("writes nothing where there is no terminal", () => {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const progress = createProgress(false, 4);
  progress.update(0, 50, 100, "warm-up");
  progress.stop();
  expect(write).not.toHaveBeenCalled();
});
