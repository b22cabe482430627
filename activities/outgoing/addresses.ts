/**
 * Where calls to addresses that people typed in (webhooks, pictures) may go. Link-local addresses, behind which clouds keep
 * their machines' credentials, are never called; the company's own network only where that is allowed. Names are looked up
 * right before the call, so one that changes in between could still get through: this is a second wall, not a firewall.
 */
import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'

/** Never: this host, link-local, multicast (RFC 6890). */
const never = blockList(
  [
    ['0.0.0.0', 8],
    ['169.254.0.0', 16],
    ['224.0.0.0', 3],
  ],
  [
    ['::', 128],
    ['fe80::', 10],
    ['ff00::', 8],
  ],
)
/** The own machine and network: loopback, private, shared and benchmarking ranges. */
const own = blockList(
  [
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
  ],
  [
    ['::1', 128],
    ['fc00::', 7],
  ],
)

let allowsOwnNetwork = true

/** Said once, by each process when it starts. Self-hosted systems talk to their neighbours. @default true */
export function allowOwnNetwork(isAllowed: boolean): void {
  allowsOwnNetwork = isAllowed
}

/** Why an address may not be called, in words; null when it may. A name nobody knows is left to the call to tell. */
export async function refusalOf(url: string): Promise<string | null> {
  const { hostname } = new URL(url)
  const host = hostname.replaceAll(/^\[|\]$/g, '')
  const found =
    isIP(host) === 0 ? await lookup(host, { all: true }).catch(() => []) : [{ address: host, family: isIP(host) }]
  for (const { address, family } of found) {
    const kind = family === 6 ? 'ipv6' : 'ipv4'
    if (never.check(address, kind))
      return `"${hostname}" is an address that is never called (link-local or unspecified).`
    if (!allowsOwnNetwork && own.check(address, kind)) {
      return `"${hostname}" is inside the own network, and TRELLIS_OWN_NETWORK says that calls may not go there.`
    }
  }
  return null
}

type Range = readonly [network: string, prefix: number]
function blockList(ipv4: readonly Range[], ipv6: readonly Range[]): BlockList {
  const list = new BlockList()
  for (const [network, prefix] of ipv4) list.addSubnet(network, prefix, 'ipv4')
  for (const [network, prefix] of ipv6) list.addSubnet(network, prefix, 'ipv6')
  return list
}
