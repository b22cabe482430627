/** Says what takes time: a task that is over within two seconds is not mentioned, a long one every ten. */
export async function withProgress<T>(
  label: string,
  say: (message: string) => void,
  task: () => Promise<T>,
): Promise<T> {
  const startedAt = Date.now()
  const first = setTimeout(() => say(`${label}…`), 2000)
  const repeated = setInterval(() => {
    say(`${label}… ${String(Math.round((Date.now() - startedAt) / 1000))} s`)
  }, 10_000)
  try {
    return await task()
  } finally {
    clearTimeout(first)
    clearInterval(repeated)
  }
}
