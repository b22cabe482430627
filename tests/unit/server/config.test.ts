import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ConfigError, configVariables, loadConfig } from '#server/config.ts'

describe('loadConfig()', () => {
  test('needs nothing to be set', () => {
    expect(loadConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      temporalNamespace: 'default',
      databaseUrl: undefined,
    })
  })

  test('takes an empty value as unset', () => {
    expect(loadConfig({ PORT: '', DATABASE_URL: '' })).toMatchObject({ port: 3000, databaseUrl: undefined })
  })

  test('names every wrong variable at once, with its value', () => {
    const problems = problemsOf({ PORT: '70000', LOG_LEVEL: 'loud', TEMPORAL_ADDRESS: 'http://localhost:7233' })
    expect(problems).toHaveLength(3)
    expect(problems.join('\n')).toMatch(
      /PORT is "70000"[^]*TEMPORAL_ADDRESS is "http:\/\/localhost:7233"[^]*LOG_LEVEL is "loud"/,
    )
  })

  test('never shows a secret', () => {
    const problems = problemsOf({
      DATABASE_URL: 'mysql://me:hunter2@host/x',
      TRELLIS_SECRET: 'hunter2',
      TRELLIS_PAYLOAD_KEY: 'hunter2',
    })
    expect(problems).toHaveLength(3)
    expect(problems.join()).not.toContain('hunter2')
  })

  test('takes a payload key of 32 bytes in base64, and no other', () => {
    const key = Buffer.alloc(32, 7)
    expect(loadConfig({ TRELLIS_PAYLOAD_KEY: key.toString('base64') }).payloadKey).toEqual(key)
    for (const wrong of [Buffer.alloc(31).toString('base64'), key.toString('hex'), `${key.toString('base64')} `])
      expect(problemsOf({ TRELLIS_PAYLOAD_KEY: wrong })).toHaveLength(1)
  })

  test('links begin with TRELLIS_PUBLIC_URL, or with an address a browser on this machine can open', () => {
    expect(loadConfig({ TRELLIS_PUBLIC_URL: 'https://leads.example.com/x/' }).publicUrl).toBe(
      'https://leads.example.com/x',
    )
    expect(loadConfig({ PORT: '4000' }).publicUrl).toBe('http://127.0.0.1:4000')
    expect(loadConfig({ HOST: '0.0.0.0' }).publicUrl).toBe('http://localhost:3000')
    expect(loadConfig({ HOST: '::' }).publicUrl).toBe('http://localhost:3000')
    expect(loadConfig({ HOST: '::1' }).publicUrl).toBe('http://[::1]:3000')
    for (const wrong of ['leads.example.com', 'ftp://leads.example.com'])
      expect(problemsOf({ TRELLIS_PUBLIC_URL: wrong })).toHaveLength(1)
  })

  test('makes TRELLIS_HOME absolute', () => {
    expect(loadConfig({ TRELLIS_HOME: 'data' }).home).toBe(`${process.cwd()}/data`)
  })
})

test('.env.example lists exactly the variables that are read, each commented out or with its default', () => {
  const listed = [...readFileSync('.env.example', 'utf8').matchAll(/^#?\s?([A-Z][A-Z_]+)=/gm)].map(([, name]) => name)
  const production = listed.filter((name) => !configVariables.some((variable) => variable.name === name))
  expect(listed).toEqual(expect.arrayContaining(configVariables.map(({ name }) => name)))
  // What only docker-compose.yml reads.
  expect(production).toEqual([
    'POSTGRES_PASSWORD',
    'TEMPORAL_POSTGRES_PASSWORD',
    'TRELLIS_WORKERS',
    'TEMPORAL_RETENTION',
  ])
})

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}
