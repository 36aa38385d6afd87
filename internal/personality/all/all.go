// Package all is the one list of what Ferry can put into a stack.
package all

import (
	"github.com/ferry-project/ferry/internal/personality"
	"github.com/ferry-project/ferry/internal/personality/cassandra"
	"github.com/ferry-project/ferry/internal/personality/cassandraclient"
	"github.com/ferry-project/ferry/internal/personality/gluster"
	"github.com/ferry-project/ferry/internal/personality/hadoop"
	"github.com/ferry-project/ferry/internal/personality/hadoopclient"
	"github.com/ferry-project/ferry/internal/personality/hive"
	"github.com/ferry-project/ferry/internal/personality/janusgraph"
	"github.com/ferry-project/ferry/internal/personality/kafka"
	"github.com/ferry-project/ferry/internal/personality/kafkaclient"
	"github.com/ferry-project/ferry/internal/personality/mpi"
	"github.com/ferry-project/ferry/internal/personality/mpiclient"
	"github.com/ferry-project/ferry/internal/personality/yarn"
)

// Personalities in the order in which listings show them. Start order follows
// from what each needs, not from this list.
func Personalities() personality.Catalogue {
	return personality.Catalogue{
		gluster.Personality{},
		hadoop.Personality{},
		cassandra.Personality{},
		kafka.Personality{},
		janusgraph.Personality{},
		mpi.Personality{},
		yarn.Personality{},
		hive.Personality{},
		mpiclient.Personality{},
		cassandraclient.Personality{},
		hadoopclient.Personality{},
		kafkaclient.Personality{},
	}
}
