-- Planets and their moons, as tables. HiveServer2 reads files of the file system, so
-- the data comes along in the statements; LOAD DATA takes what was put there.
drop table if exists moons;
drop table if exists planets;
create table planets (name string, distance double, diameter int, kind string);
create table moons (name string, planet string, diameter int, period double);
insert into planets values
  ('Mercury', 0.387, 4879, 'terrestrial'),
  ('Venus', 0.723, 12104, 'terrestrial'),
  ('Earth', 1.000, 12756, 'terrestrial'),
  ('Mars', 1.524, 6792, 'terrestrial'),
  ('Jupiter', 5.203, 142984, 'gas giant'),
  ('Saturn', 9.537, 120536, 'gas giant'),
  ('Uranus', 19.191, 51118, 'ice giant'),
  ('Neptune', 30.069, 49528, 'ice giant');
insert into moons values
  ('Moon', 'Earth', 3475, 27.32),
  ('Phobos', 'Mars', 22, 0.32),
  ('Deimos', 'Mars', 12, 1.26),
  ('Io', 'Jupiter', 3643, 1.77),
  ('Europa', 'Jupiter', 3122, 3.55),
  ('Ganymede', 'Jupiter', 5268, 7.15),
  ('Callisto', 'Jupiter', 4821, 16.69),
  ('Mimas', 'Saturn', 396, 0.94),
  ('Enceladus', 'Saturn', 504, 1.37),
  ('Tethys', 'Saturn', 1062, 1.89),
  ('Dione', 'Saturn', 1123, 2.74),
  ('Rhea', 'Saturn', 1527, 4.52),
  ('Titan', 'Saturn', 5150, 15.95),
  ('Iapetus', 'Saturn', 1469, 79.32),
  ('Miranda', 'Uranus', 472, 1.41),
  ('Ariel', 'Uranus', 1158, 2.52),
  ('Umbriel', 'Uranus', 1169, 4.14),
  ('Titania', 'Uranus', 1578, 8.71),
  ('Oberon', 'Uranus', 1523, 13.46),
  ('Triton', 'Neptune', 2707, 5.88);
select p.kind, count(*) as moons
from planets p join moons m on m.planet = p.name
group by p.kind
order by moons desc, p.kind;
