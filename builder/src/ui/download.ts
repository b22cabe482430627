/** Gives the browser a file to save. */
export function saveFile(name: string, content: string, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // The download has begun by the next turn of the loop; kept any longer, the bytes would stay in memory.
  setTimeout(() => URL.revokeObjectURL(address), 0)
}
