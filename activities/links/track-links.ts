/** Sends the links of a mail through `/c/<token>`. The target is in the signed token: nobody can make it lead elsewhere. */
import { linkTo, type LinkOptions } from './personal-link.ts'

/** Beyond it the token would not fit; such links stay as they are. In bytes. */
const maxUrlBytes = 1500

/** Target of the honeypot's token: no address at all. */
export const honeypotTarget = ''

/**
 * The HTML with every web link of an `<a>` rewritten, but for our own pages (they note what is done there themselves, and
 * leaving is never tracked), the addresses in `except` and links marked `data-track="off"`. Pure: the same mail has the same links whenever it is
 * rendered. The text part keeps its plain addresses.
 */
export function trackLinks(
  html: string,
  options: { links: LinkOptions; deliveryId: string; honeypot: boolean; except?: readonly string[] },
): string {
  const { links, deliveryId, honeypot, except = [] } = options
  const own = `${links.baseUrl.replace(/\/+$/, '')}/`
  const tokenFor = (subject: string): string => linkTo(links, 'click', { about: 'delivery', id: deliveryId, subject })
  const tracked = html.replaceAll(/<a\s[^>]*>/gi, (tag) => {
    if (/\sdata-track\s*=\s*["']?off/i.test(tag)) return tag
    return tag.replace(
      /(\shref\s*=\s*)(?:"([^"]*)"|'([^']*)')/i,
      (whole, before: string, double?: string, single?: string) => {
        const url = decodeEntities(double ?? single ?? '').trim()
        if (!/^https?:\/\//i.test(url) || !URL.canParse(url) || url.startsWith(own) || except.includes(url))
          return whole
        return Buffer.byteLength(url) > maxUrlBytes ? whole : `${before}"${tokenFor(url)}"`
      },
    )
  })
  return honeypot ? withHoneypot(tracked, tokenFor(honeypotTarget)) : tracked
}

/** At the end, where a person sees and hears nothing of it. */
function withHoneypot(html: string, url: string): string {
  const trap = `<a href="${url}" style="display:none;max-height:0;overflow:hidden" aria-hidden="true" tabindex="-1">&#8203;</a>`
  const at = html.search(/<\/body>/i)
  return at === -1 ? html + trap : html.slice(0, at) + trap + html.slice(at)
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The character references that occur in addresses. */
function decodeEntities(text: string): string {
  return text.replaceAll(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi,
    (whole, dec?: string, hex?: string, name?: string) => {
      if (name !== undefined) return named[name.toLowerCase()] ?? whole
      const code = dec === undefined ? Number.parseInt(hex ?? '', 16) : Number(dec)
      return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole
    },
  )
}
