/* A plain C loop over the same training: one net after another, float32.
 *
 * The yardstick of `make bench`: what the arithmetic costs without any framework. No intrinsics, no
 * blocking, nothing tuned to a machine. The batch is the innermost index, so that the compiler can
 * vectorise the loops, tanhf and expf included where libm has vector forms of them.
 */
#include <math.h>

enum { INPUTS = 4, HEADS = 2, MAX_HIDDEN = 32, MAX_BATCH = 64 };

typedef struct {
    int n_nets, hidden, n_points, steps, batch_size;
    float learning_rate;
} Sizes;

static float dot(int n, const float *a, const float *b)
{
    float sum = 0.0f;
    for (int k = 0; k < n; k++) sum += a[k] * b[k];
    return sum;
}

static float total(int n, const float *a)
{
    float sum = 0.0f;
    for (int k = 0; k < n; k++) sum += a[k];
    return sum;
}

/* One step of one net: the mean gradient of both heads' logistic losses over the batch, then SGD. */
static void step(const Sizes *sizes, const float *points, const float *labels, const int *batch,
                 float *W, float *b, float *V, float *c)
{
    const int n = sizes->hidden, m = sizes->batch_size;
    const float rate = sizes->learning_rate / (float)m;
    float x[INPUTS][MAX_BATCH], y[HEADS][MAX_BATCH], error[HEADS][MAX_BATCH];
    float h[MAX_HIDDEN][MAX_BATCH], dh[MAX_HIDDEN][MAX_BATCH];

    for (int k = 0; k < m; k++) {
        for (int i = 0; i < INPUTS; i++) x[i][k] = points[batch[k] * INPUTS + i];
        for (int a = 0; a < HEADS; a++) y[a][k] = labels[batch[k] * HEADS + a];
    }

    for (int j = 0; j < n; j++) {
        const float *w = W + j * INPUTS;
        for (int k = 0; k < m; k++)
            h[j][k] = tanhf(b[j] + w[0] * x[0][k] + w[1] * x[1][k] + w[2] * x[2][k] + w[3] * x[3][k]);
        for (int k = 0; k < m; k++) dh[j][k] = 0.0f;
    }
    for (int a = 0; a < HEADS; a++) {
        float logit[MAX_BATCH];
        for (int k = 0; k < m; k++) logit[k] = c[a];
        for (int j = 0; j < n; j++)
            for (int k = 0; k < m; k++) logit[k] += V[a * n + j] * h[j][k];
        for (int k = 0; k < m; k++) error[a][k] = 1.0f / (1.0f + expf(-logit[k])) - y[a][k];
        for (int j = 0; j < n; j++)
            for (int k = 0; k < m; k++) dh[j][k] += V[a * n + j] * error[a][k];
    }

    for (int a = 0; a < HEADS; a++) {
        c[a] -= rate * total(m, error[a]);
        for (int j = 0; j < n; j++) V[a * n + j] -= rate * dot(m, error[a], h[j]);
    }
    for (int j = 0; j < n; j++) {
        for (int k = 0; k < m; k++) dh[j][k] *= 1.0f - h[j][k] * h[j][k];
        b[j] -= rate * total(m, dh[j]);
        for (int i = 0; i < INPUTS; i++) W[j * INPUTS + i] -= rate * dot(m, dh[j], x[i]);
    }
}

/* Train every net in place. C-contiguous: points (n_nets, n_points, 4), labels (n_nets, n_points,
 * 2), order (n_nets, steps, batch_size), W (n_nets, hidden, 4), b (n_nets, hidden),
 * V (n_nets, 2, hidden), c (n_nets, 2). Returns 1, untouched, if a size is too large; else 0. */
int train(const Sizes *sizes, const float *points, const float *labels, const int *order, float *W,
          float *b, float *V, float *c)
{
    const int n = sizes->hidden;
    if (n > MAX_HIDDEN || sizes->batch_size > MAX_BATCH) return 1;
    for (long net = 0; net < sizes->n_nets; net++) {
        for (long t = 0; t < sizes->steps; t++) {
            step(sizes, points, labels, order, W, b, V, c);
            order += sizes->batch_size;
        }
        points += (long)sizes->n_points * INPUTS;
        labels += (long)sizes->n_points * HEADS;
        W += n * INPUTS, b += n, V += HEADS * n, c += HEADS;
    }
    return 0;
}
