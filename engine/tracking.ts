/** How a company learns which links of its mails were opened. */
import { z } from 'zod'

export const trackingSchema = z.strictObject({
  /**
   * Links in mails lead through Trellis, which notes the click. A journey can say otherwise for itself. There is no opening
   * pixel: mail programs load pictures by themselves, so that it says nothing about people, and it would need consent of
   * its own (ePrivacy Directive Art. 5(3)).
   */
  links: z.boolean().default(true),
  /** Clicks in the first seconds after the provider took the mail are taken for a scanner's: nobody has read it yet. */
  ignoreFirstSeconds: z.int().min(0).max(600).default(5),
  /** So many different links of one mail within `burstSeconds` are taken for a scanner's. */
  burstLinks: z.int().min(2).max(50).default(3),
  burstSeconds: z.int().min(1).max(60).default(5),
  /**
   * A link that people do not see: what opens it, opens all. Off at first, since filters take hidden text for a sign of
   * spam.
   */
  honeypot: z.boolean().default(false),
  /** Networks of mail scanners, such as `198.51.100.0/24`: their clicks are never a person's. */
  scannerNetworks: z
    .array(z.union([z.cidrv4(), z.cidrv6()], { error: 'Networks are written like 198.51.100.0/24.' }))
    .max(1000)
    .default([]),
})
export type Tracking = z.infer<typeof trackingSchema>
