import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { sendSignal } from './guarded-process.ts'

/** The command line of a running process, its words separated by spaces; undefined when there is none. */
export function readCommandLine(pid: number): string | undefined {
  try {
    if (existsSync('/proc/self/cmdline')) {
      return (
        readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8')
          .split('\0')
          .join(' ')
          .trim() || undefined
      )
    }
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
  } catch {
    return undefined
  }
}

/** True when that process runs and its command line holds all the marks: process ids are used again by the system. */
export function isProcess(pid: number, ...marks: string[]): boolean {
  const commandLine = readCommandLine(pid)
  return commandLine !== undefined && marks.every((mark) => commandLine.includes(mark))
}

/** Asks a process that is not our child to end, then kills it. True when it is gone. */
export async function endProcess(pid: number, signal: NodeJS.Signals, timeoutMs = 8000): Promise<boolean> {
  sendSignal(pid, signal)
  for (let waitedMs = 0; waitedMs < timeoutMs + 2000; waitedMs += 50) {
    if (readCommandLine(pid) === undefined) return true
    if (waitedMs === timeoutMs) sendSignal(pid, 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}
