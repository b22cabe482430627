import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { findMissingPlatforms, type LockEntry } from '#scripts/provision/complete-lock.ts'

test('package-lock.json is complete, so that `npm ci` accepts it; if not: npm run lock:complete', () => {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, LockEntry> }
  expect(findMissingPlatforms(lock.packages)).toEqual({})
})

test('a missing platform package is described from its name, beside its requester', () => {
  const optionalDependencies = {
    '@x/tool-linux-arm-musleabihf': '1.2.3',
    '@x/tool-win32-x64-msvc': '1.2.3',
    '@x/tool-linux-x64': '1.2.3',
  }
  const packages = {
    '': {},
    'node_modules/a/node_modules/tool': { version: '1.2.3', dev: true, optionalDependencies },
    'node_modules/@x/tool-linux-x64': { version: '1.2.3' },
  }
  expect(findMissingPlatforms(packages)).toEqual({
    'node_modules/a/node_modules/@x/tool-linux-arm-musleabihf': {
      version: '1.2.3',
      cpu: ['arm'],
      dev: true,
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    },
    'node_modules/a/node_modules/@x/tool-win32-x64-msvc': {
      version: '1.2.3',
      cpu: ['x64'],
      dev: true,
      optional: true,
      os: ['win32'],
    },
  })
})

test('what cannot be told from the name is an error', () => {
  const packages = { 'node_modules/tool': { optionalDependencies: { 'tool-linux-x64': '^1.2.3' } } }
  expect(() => findMissingPlatforms(packages)).toThrow('lacks the optional package "tool-linux-x64" ("^1.2.3")')
})
