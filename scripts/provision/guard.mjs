// The watcher of one child process: it runs the child given as JSON in its first argument, and stops it when asked to
// ({ type: 'stop' } over IPC) or when the IPC pipe to its parent closes, which is what a kill -9 of the parent does.
// It lives in its own session, so that Ctrl-C reaches the supervisor only, which then stops things in order.
// Plain JavaScript that imports only Node built-ins: it must start fast and never fail.
import { spawn } from 'node:child_process'
import { rmSync, rmdirSync } from 'node:fs'
import { dirname } from 'node:path'

/** @type {import('./guarded-process.ts').GuardSpec} */
const spec = JSON.parse(process.argv[2] ?? '{}')

let stopping = false
let finished = false

const send = (message) => {
  if (!process.connected) return
  try {
    process.send(message, () => undefined)
  } catch {
    // The parent went away between the check and the write; the disconnect handler does the rest.
  }
}

const child = spawn(spec.command, spec.args, {
  cwd: spec.cwd,
  uid: spec.uid,
  gid: spec.gid,
  // The parent wrote the child's environment into ours.
  env: process.env,
  stdio: ['ignore', 'inherit', 'inherit'],
  // Its own process group, so that its children can be reached too.
  detached: true,
})

const signalChild = (signal) => {
  try {
    child.kill(signal)
  } catch {
    // Already gone.
  }
}

const killGroup = () => {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Nobody left in the group.
  }
}

/** Asks once per signal of spec.stopSignals, each with its time, then kills the whole group. */
const stop = () => {
  if (stopping || finished || child.pid === undefined) return
  stopping = true
  let delayMs = 0
  for (const signal of spec.stopSignals) {
    setTimeout(() => signalChild(signal), delayMs)
    delayMs += spec.stopTimeoutMs
  }
  setTimeout(killGroup, delayMs)
}

const finish = (code, signal) => {
  if (finished) return
  finished = true
  killGroup()
  if (spec.removeWhenDone !== undefined) {
    try {
      rmSync(spec.removeWhenDone, { recursive: true, force: true, maxRetries: 5 })
      // The folder above goes with its last tenant.
      rmdirSync(dirname(spec.removeWhenDone))
    } catch {
      // Not empty yet, or already removed.
    }
  }
  const exitCode = code ?? 1
  if (!process.connected) process.exit(exitCode)
  process.send({ type: 'exited', code, signal }, () => process.exit(exitCode))
}

child.once('spawn', () => send({ type: 'spawned', pid: child.pid }))
child.once('error', (error) => {
  send({ type: 'failed', message: error.message })
  finish(127, null)
})
child.once('exit', finish)

process.on('message', (message) => {
  if (message?.type === 'stop') stop()
})
process.on('disconnect', stop)
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, stop)
if (!process.connected) stop()
