/** Words the demo's invented people are made of. Addresses use `.example`, which RFC 2606 reserves: no mail can arrive. */

export interface Place {
  city: string
  region: string
  country: string
  zone: string
  language: string
  /** `#` becomes a digit. */
  postalCode: string
  street: string
  phone: string
  /** How often it occurs, relative to the others. */
  weight: number
  names: keyof typeof givenNames
}

export const givenNames = {
  english:
    'Olivia Emma Amelia Charlotte Sophia James Noah Liam William Henry Grace Ruth Daniel Peter Naomi Marcus Alan Joan Clara Victor'.split(
      ' ',
    ),
  german:
    'Anna Lena Katharina Sabine Ursula Jürgen Stefan Lukas Matthias Jörg Greta Heike Björn Felix Nina Petra Uwe Moritz Frieda Emil'.split(
      ' ',
    ),
  french:
    'Camille Élodie Chloé Aurélie Margaux Antoine Théo Jérôme Benoît Luc Inès Sylvie Hélène Mathieu Rémi Zoé Noël Claire Anaïs Paul'.split(
      ' ',
    ),
  indian:
    'Priya Ananya Kavya Deepa Meera Arjun Rohan Vikram Sanjay Karthik Neha Asha Lakshmi Rahul Nikhil Isha Farah Imran Dev Leela'.split(
      ' ',
    ),
} as const

export const familyNames: Record<keyof typeof givenNames, string[]> = {
  english:
    "Smith Johnson Taylor Walker Harris Clark Lewis Young Hall Green O'Brien Baker Carter Murphy Bailey Reed Hughes Foster Ward Price".split(
      ' ',
    ),
  german:
    'Müller Schmidt Weber Keller Huber Schäfer Krüger Brandt Vogel Lindner Böhm Roth Seidel Arnold Graf Lorenz Pfister Meier Kunz Baumann'.split(
      ' ',
    ),
  french:
    'Martin Bernard Dubois Lefèvre Moreau Laurent Girard Fournier Mercier Blanchard Rousseau Garnier Faure Renaud Chevalier Perrin Colin Guérin Marchand Noël'.split(
      ' ',
    ),
  indian:
    'Sharma Patel Iyer Reddy Gupta Nair Menon Desai Rao Mehta Joshi Kulkarni Bose Chopra Banerjee Khan Verma Shetty Pillai Singh'.split(
      ' ',
    ),
}

const place = (
  weight: number,
  names: Place['names'],
  [city, region, country, zone, language]: [string, string, string, string, string],
  [postalCode, street, phone]: [string, string, string],
): Place => ({ weight, names, city, region, country, zone, language, postalCode, street, phone })

export const places: readonly Place[] = [
  place(
    14,
    'english',
    ['New York', 'NY', 'United States', 'America/New_York', 'en'],
    ['100##', 'Broadway', '+1 212 555 01##'],
  ),
  place(
    9,
    'english',
    ['Chicago', 'IL', 'United States', 'America/Chicago', 'en'],
    ['606##', 'Lake Street', '+1 312 555 01##'],
  ),
  place(
    5,
    'english',
    ['Denver', 'CO', 'United States', 'America/Denver', 'en'],
    ['802##', 'Market Street', '+1 303 555 01##'],
  ),
  place(
    10,
    'english',
    ['San Francisco', 'CA', 'United States', 'America/Los_Angeles', 'en'],
    ['941##', 'Mission Street', '+1 415 555 01##'],
  ),
  place(
    4,
    'english',
    ['Phoenix', 'AZ', 'United States', 'America/Phoenix', 'en'],
    ['850##', 'Central Avenue', '+1 602 555 01##'],
  ),
  place(
    5,
    'english',
    ['Toronto', 'ON', 'Canada', 'America/Toronto', 'en'],
    ['M5V 2T#', 'King Street West', '+1 416 555 01##'],
  ),
  place(
    11,
    'english',
    ['London', 'Greater London', 'United Kingdom', 'Europe/London', 'en'],
    ['EC1A 4##', 'High Holborn', '+44 20 7946 0#00'],
  ),
  place(
    4,
    'english',
    ['Dublin', 'Leinster', 'Ireland', 'Europe/Dublin', 'en'],
    ['D02 X2##', 'Dame Street', '+353 1 555 0###'],
  ),
  place(
    4,
    'english',
    ['Sydney', 'NSW', 'Australia', 'Australia/Sydney', 'en'],
    ['20##', 'George Street', '+61 2 5550 0###'],
  ),
  place(
    8,
    'german',
    ['Berlin', 'Berlin', 'Germany', 'Europe/Berlin', 'de'],
    ['101##', 'Friedrichstraße', '+49 30 23125 ###'],
  ),
  place(
    6,
    'german',
    ['München', 'Bayern', 'Germany', 'Europe/Berlin', 'de'],
    ['803##', 'Leopoldstraße', '+49 89 99998 ###'],
  ),
  place(
    5,
    'german',
    ['Zürich', 'Zürich', 'Switzerland', 'Europe/Zurich', 'de'],
    ['80##', 'Bahnhofstrasse', '+41 44 555 0# ##'],
  ),
  place(
    3,
    'german',
    ['Wien', 'Wien', 'Austria', 'Europe/Vienna', 'de'],
    ['10#0', 'Mariahilfer Straße', '+43 1 5550 ###'],
  ),
  place(
    6,
    'french',
    ['Paris', 'Île-de-France', 'France', 'Europe/Paris', 'fr'],
    ['750##', 'rue de Rivoli', '+33 1 99 00 ## ##'],
  ),
  place(
    2,
    'french',
    ['Genève', 'Genève', 'Switzerland', 'Europe/Zurich', 'fr'],
    ['12##', 'rue du Rhône', '+41 22 555 0# ##'],
  ),
  place(
    5,
    'indian',
    ['Mumbai', 'Maharashtra', 'India', 'Asia/Kolkata', 'en'],
    ['4000##', 'Linking Road', '+91 22 5550 0###'],
  ),
  place(
    4,
    'indian',
    ['Bengaluru', 'Karnataka', 'India', 'Asia/Kolkata', 'en'],
    ['5600##', 'MG Road', '+91 80 5550 0###'],
  ),
]

export const companyWords =
  'North Bright Harbor Cedar Summit River Copper Blue Granite Maple Beacon Silver Orchard Falcon Amber Prairie Willow Anchor Stone Meadow'.split(
    ' ',
  )
export const companyKinds = [
  'Foods',
  'Logistics',
  'Health',
  'Software',
  'Interiors',
  'Energy',
  'Tools',
  'Mobility',
  'Textiles',
  'Labs',
  'Print',
  'Travel',
]
export const titles = [
  'Head of Marketing',
  'Marketing Manager',
  'Managing Director',
  'Sales Director',
  'Operations Manager',
  'Founder',
  'Head of Digital',
  'Office Manager',
  'Business Analyst',
  'Purchasing Manager',
]

/** What the invented company offers for download; the journeys' files bring assets with these keys. */
export const downloads = ['buyers-guide', 'benchmark-report', 'implementation-checklist', 'roi-calculator']
