/** Work that Ctrl-C ends with a sentence instead of in silence. */

/**
 * Does the work, whose signal is aborted by Ctrl-C; a second Ctrl-C ends the program as signals do.
 *
 * @param work what it does after `release` is not interrupted: Ctrl-C then ends the program at once
 * @throws an error named `AbortError` after Ctrl-C
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal, release: () => void) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  const release = () => {
    process.off("SIGINT", interrupt);
  };
  process.once("SIGINT", interrupt);
  try {
    return await work(interruption.signal, release);
  } finally {
    release();
  }
}
